"""multipart/form-data."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decoding.forms import MOST_FIELDS, Pair
from gateway.decoding.multipart import parse_multipart
from gateway.errors import Unreadable

BOUNDARY = "xBoundaryx"


def part(content: bytes, *headers: str) -> bytes:
    """One part with its headers."""
    return b"--xBoundaryx\r\n" + "\r\n".join(headers).encode("latin-1") + b"\r\n\r\n" + content + b"\r\n"


def field(name: str, content: bytes) -> bytes:
    """A plain field."""
    return part(content, f'Content-Disposition: form-data; name="{name}"')


END = b"--xBoundaryx--\r\n"


def test_fields_in_order_and_files_by_name_and_size() -> None:
    """A file's content is let go, its name and size stay."""
    upload = part(
        b"\x00\xff%PDF", 'content-disposition: form-data; name="cv"; filename="cv.pdf"', "Content-Type: application/pdf"
    )
    raw = field("phone", b"+1 415 555 0123") + upload + field("phone", "é".encode()) + END
    expected: list[Pair] = [("phone", "+1 415 555 0123"), ("cv", {"filename": "cv.pdf", "size": 6}), ("phone", "é")]
    assert parse_multipart(raw, BOUNDARY) == expected


def test_a_part_may_declare_its_charset() -> None:
    """The part's own charset counts; one we do not take is an error."""
    latin = part(b"\xe9", 'Content-Disposition: form-data; name="a"', "Content-Type: text/plain; charset=iso-8859-1")
    assert parse_multipart(latin + END, BOUNDARY) == [("a", "é")]
    other = part(b"x", 'Content-Disposition: form-data; name="a"', "Content-Type: text/plain; charset=utf-7")
    with pytest.raises(Unreadable, match="charset"):
        parse_multipart(other + END, BOUNDARY)


def test_boundaries_inside_a_value_are_text() -> None:
    """Only a line that starts with the boundary ends a part."""
    raw = field("a", b"--xBound\r\n--y") + field("b", b"") + END
    assert parse_multipart(raw, BOUNDARY) == [("a", "--xBound\r\n--y"), ("b", "")]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "breaks off"),
        (field("a", b"1"), "breaks off"),
        (field("a", b"1") + b"--xBoundary", "breaks off"),
        (b"no boundary", "malformed"),
        (b"--other\r\n\r\n", "malformed"),
        (part(b"1", "Content-Disposition: form-data") + END, "part 1 of the multipart body has no name"),
        (part(b"1", 'Content-Disposition: attachment; name="a"') + END, "has no name"),
        (part(b"1", "Content-Type: text/plain") + END, "has no name"),
        (part(b"1", 'Content-Disposition: form-data; name="\xff"') + END, "the name of part 1"),
        (field("a", b"1") + field("b", b"\xff") + END, "part 2 of the multipart body is not utf-8"),
        (part(b"1", *[f"X-{n}: 1" for n in range(20)]) + END, "malformed"),
        (part(b"1", "X: " + "a" * 5000) + END, "malformed"),
        (field("a", b"1") * (MOST_FIELDS + 1) + END, "more than 1000 parts"),
    ],
)
def test_a_malformed_body_is_unreadable(raw: bytes, says: str) -> None:
    """With the number of the part it is about."""
    with pytest.raises(Unreadable, match=says):
        parse_multipart(raw, BOUNDARY)


@pytest.mark.parametrize("boundary", ["", "é", "b" * 71])
def test_a_boundary_must_be_one(boundary: str) -> None:
    """Absent, not ASCII or over 70 characters is no boundary."""
    with pytest.raises(Unreadable, match="boundary"):
        parse_multipart(END, boundary)


PIECES = st.sampled_from(
    [b"--xBoundaryx", b"--", b"\r\n", b"\r", b"\n", b"Content-Disposition: form-data; name=a", b":", b"a"]
)


@given(st.lists(PIECES | st.binary(max_size=6), max_size=25).map(b"".join))
def test_any_bytes_are_pairs_or_unreadable(raw: bytes) -> None:
    """No other error."""
    with contextlib.suppress(Unreadable):
        parse_multipart(raw, BOUNDARY)


HOSTILE = {
    "returns": field("a", b"\r" * 262144) + END,
    "near boundaries": field("a", b"\r\n--xBoundary" * 20000) + END,
    "one long header name": b"--xBoundaryx\r\n" + b"a" * 262144,
    "small parts": field("a", b"") * 4000 + END,
    "one byte boundary": b"--x\r\n" + b"\r\n--" * 60000,
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_hostile_bodies_cost_little(raw: bytes) -> None:
    """Nothing that fits the default body limit takes longer than a blink."""
    started = time.process_time()
    for boundary in (BOUNDARY, "x"):
        with contextlib.suppress(Unreadable):
            parse_multipart(raw, boundary)
    assert time.process_time() - started < 2.0
