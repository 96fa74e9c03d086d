"""Answers of undocumented shape: errors become one safe line, ids are found, nothing breaks the reading."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.answers import MAX_DETAIL, error_text, id_at, masked_phone, parsed, shown, without_secret

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"detail": "Not found."}', "Not found."),
        (b'{"error": "no credit"}', "no credit"),
        (b'{"message": "bad"}', "bad"),
        (b'{"error": {"code": 7, "message": "nested"}}', "nested"),
        (b'{"error": null, "message": "second"}', "second"),
        (b'{"contactId": ["Required.", "Too short."]}', "contactId: Required., Too short."),
        (b'{"a": ["x"], "b": ["y"]}', "a: x; b: y"),
        (b'{"detail": [{"loc": ["body"], "msg": "wrong type"}]}', "loc: body; msg: wrong type"),
        (b'{"ok": false, "n": 3}', "ok: False; n: 3"),
        (b'["one", "two"]', "one; two"),
        (b'"just text"', "just text"),
        (b"\xef\xbb\xbf{}", ""),
        (b"plain text\nin lines", "plain text in lines"),
        (b"42", "42"),
        (b"", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (
            b"<html><head><title>x</title><style>p{}</style></head><body>502 <b>Bad</b> Gateway</body></html>",
            "502 Bad Gateway",
        ),
        (b"<p>a &amp; b</p><script>alert(1)</script>", "a & b"),
        (b"tabs\tand\x00nul\x1b[31m", "tabs and nul [31m"),
        (b'{"a": {"b": {"c": {"d": {"e": "deep"}}}}}', "a: b: c: d: …"),
    ],
)
def test_an_error_becomes_one_line(body: bytes, text: str) -> None:
    """JSON in the usual shapes, text and HTML all say what they say."""
    assert error_text(body) == text


@given(JSON)
def test_any_json_can_be_told(value: object) -> None:
    """However it is nested, the line is short and printable."""
    text = error_text(json.dumps(value).encode())
    assert len(text) <= MAX_DETAIL
    assert text.isprintable()


@given(st.binary(max_size=500))
def test_any_bytes_can_be_told(body: bytes) -> None:
    """Also what is no text at all."""
    text = error_text(body)
    assert len(text) <= MAX_DETAIL
    assert text.isprintable()


def test_a_long_error_is_cut() -> None:
    """With a sign that there was more."""
    assert error_text(b"word " * 1000).endswith("…")


def test_deeply_nested_json_is_no_trap() -> None:
    """Thousands of brackets are just unreadable."""
    assert len(error_text(b"[" * 100_000)) <= MAX_DETAIL


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("+14155550100", "•••••••••00"),
        ("call (415) 555-0100 now", "call (••••••••00 now"),
        ("+44 20 7946 0958 is busy", "••••••••••58 is busy"),
        ("code 123456", "code 123456"),
        ("status 404, 3 tries", "status 404, 3 tries"),
    ],
)
def test_phone_numbers_are_masked(text: str, masked: str) -> None:
    """Seven digits or more, however they are spaced, keep only the last two."""
    assert shown(text) == masked


def test_a_masked_number_keeps_two_digits() -> None:
    """Enough to recognise one's own."""
    assert masked_phone("+1 415-555-0100") == "•••••••••00"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"id": "x"}, "x"),
        ({"id": " x "}, "x"),
        ({"id": 7}, "7"),
        ({"id": 0, "contactId": "y"}, "0"),
        ({"id": True, "contactId": "y"}, "y"),
        ({"id": "", "contactId": "y"}, "y"),
        ({"id": None, "contactId": "y"}, "y"),
        ({"id": 1.5, "contactId": "y"}, "y"),
        ({"id": "x" * 201, "contactId": "y"}, "y"),
        ({"id": "a\nb", "contactId": "y"}, "y"),
        ({"id": {"id": "deep"}, "contactId": "y"}, "y"),
        ({"contact": {"id": "z"}}, "z"),
        ({"contact": "z"}, None),
        ([{"id": "x"}], None),
        (None, None),
        ("id", None),
    ],
)
def test_ids_are_found_in_order(answer: object, found: str | None) -> None:
    """The first place that holds something usable as an id."""
    assert id_at(("id", "contactId", "contact.id"), answer) == found


@pytest.mark.parametrize(("body", "value"), [(b"{}", {}), (b"\xef\xbb\xbf[1]", [1]), (b"{", None), (b"", None)])
def test_json_or_nothing(body: bytes, value: object) -> None:
    """What is no JSON is None."""
    assert parsed(body) == value


def test_the_secret_is_blotted_out_whole_and_alone() -> None:
    """The whole token and its secret part; a short one is left, or ordinary words would go with it."""
    assert without_secret(b"org.s3cret! and s3cret!", "org.s3cret!") == b"[secret] and [secret]"
    assert without_secret(b"an a", "o.a") == b"an a"
