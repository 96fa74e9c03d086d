"""The template of what a sender signs."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inbound import request_of

from gateway.auth.templates import decode_hubspot_escapes, names_part, parse_template, render
from gateway.errors import NotAuthentic

REQUEST = request_of(b"\xff body", {"X-Id": "m1"}, method="PUT", url="https://gate.example.com/h?u=a%3Ab%2Fc%20d")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{body}", b"\xff body"),
        ("v0:{timestamp}:{body}", b"v0:12:\xff body"),
        ("{method}{url}", b"PUThttps://gate.example.com/h?u=a%3Ab%2Fc%20d"),
        ("{url:hubspot}", b"https://gate.example.com/h?u=a:b/c%20d"),
        ("{header:x-id}.{secret}", b"m1.key"),
        ("{{é}}", "{é}".encode()),
        ("", b""),
    ],
)
def test_a_template_renders_its_parts_in_order(template: str, expected: bytes) -> None:
    """Parts are put together as raw bytes, literals as UTF-8."""
    assert render(template, REQUEST, timestamp="12", secret=b"key") == expected


@pytest.mark.parametrize(
    "template",
    ["{}", "{bodies}", "{url:other}", "{header}", "{header:}", "{body:x}", "{body!r}", "{body", "body}", "{0}"],
)
def test_an_unknown_part_is_refused(template: str) -> None:
    """A misspelt part is an error when the configuration loads, not an empty string later."""
    with pytest.raises(ValueError, match=r"part|brace|'}'|'{'"):
        parse_template(template)


def test_a_header_or_timestamp_that_is_not_there_fails() -> None:
    """What cannot be rendered cannot have been signed."""
    with pytest.raises(NotAuthentic):
        render("{header:X-Other}", REQUEST, timestamp=None, secret=b"")
    with pytest.raises(NotAuthentic):
        render("{timestamp}", REQUEST, timestamp=None, secret=b"")


def test_parts_are_found_by_kind() -> None:
    """A literal that reads like a part is none."""
    assert names_part("{{body}}{body}", "body")
    assert not names_part("{{body}}", "body")


def test_hubspot_decodes_its_twelve_escapes_and_no_other() -> None:
    """The list is closed: %3A %2F %3F %40 %21 %24 %27 %28 %29 %2A %2C %3B, in either case."""
    decoded = ":/?@!$'()*,;"
    escaped = "".join(f"%{ord(character):02X}" for character in decoded)
    assert decode_hubspot_escapes(escaped) == decode_hubspot_escapes(escaped.lower()) == decoded
    kept = "%20%22%23%25%26%2B%3D%5B%5D%253A"
    assert decode_hubspot_escapes(kept) == kept


@given(st.text(max_size=60))
def test_a_url_without_the_twelve_stays(text: str) -> None:
    """Decoding touches nothing else, and only once."""
    plain = text.replace("%", "")
    assert decode_hubspot_escapes(plain) == plain
    assert decode_hubspot_escapes(quote("%3A", safe="")) == "%253A"
