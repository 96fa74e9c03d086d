"""Character sets."""

import pytest

from gateway.decoding.charsets import codec_of, decode_text
from gateway.errors import Unreadable


@pytest.mark.parametrize(
    ("charset", "codec"),
    [("", "utf-8"), ("UTF-8", "utf-8"), (" utf8 ", "utf-8"), ("us-ascii", "utf-8"), ("ISO-8859-1", "cp1252")],
)
def test_few_charsets_are_taken(charset: str, codec: str) -> None:
    """UTF-8 by default, and what browsers send under the name of Latin 1."""
    assert codec_of(charset) == codec


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "shift_jis", "rot13", "zip", "x" * 500, "é"])
def test_others_are_refused_by_name(charset: str) -> None:
    """A charset that could hide text from a check, or is none, is an error."""
    with pytest.raises(Unreadable, match="send UTF-8") as error:
        codec_of(charset)
    assert len(str(error.value)) < 120


def test_a_byte_that_does_not_fit_is_placed() -> None:
    """The error names the place, and nothing is replaced by a guess."""
    assert decode_text(b"\x80", "cp1252", "x") == "€"
    with pytest.raises(Unreadable, match="field 2 is not utf-8 at byte 3"):
        decode_text(b"abc\xff", "utf-8", "field 2")
    with pytest.raises(Unreadable, match="cp1252 at byte 0"):
        decode_text(b"\x81", "cp1252", "x")
