"""Web origins: exact, or none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inbound import request_of
from pydantic import TypeAdapter, ValidationError

from gateway.auth.origins import Origin, allowed_origin, claimed_origin, origin_of
from gateway.errors import NotAuthentic

ORIGIN = TypeAdapter(Origin)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://example.com", "https://example.com"),
        ("https://Example.COM:443/a?b#c", "https://example.com"),
        ("http://example.com:80", "http://example.com"),
        ("http://localhost:3000/", "http://localhost:3000"),
        ("https://example.com:8443", "https://example.com:8443"),
        ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443"),
        ("https://xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example"),
        ("https://example.com?x=https://evil.example", "https://example.com"),
    ],
)
def test_an_address_has_the_origin_a_browser_gives_it(url: str, origin: str) -> None:
    """Lower case, default ports left out, path and query ignored."""
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "",
        "null",
        "/thanks",
        "//evil.example",
        "javascript:alert(1)",
        "https://example.com@evil.example",
        "https://user:pass@example.com",
        "https://example.com\\@evil.example",
        "https://evil.example\\.example.com",
        "https://example.com /",
        "https://example.com/a b",
        "https://example.com\r\nSet-Cookie: a=b",
        "https://example.com/\x00",
        "https://-example.com",
        "https://example.com.",
        "https://exämple.com",
        "https://example.com:",
        "https://example.com:999999",
        "ftp://example.com",
        "https:example.com",
        "https:///example.com",
    ],
)
def test_what_a_browser_could_read_otherwise_has_none(url: str) -> None:
    """Anything ambiguous between readers has no origin and so is on no list."""
    assert origin_of(url) is None


@given(st.text(max_size=60))
def test_any_text_has_an_origin_or_none(text: str) -> None:
    """Never an error, and an origin is its own origin."""
    origin = origin_of("https://" + text)
    assert origin is None or origin_of(origin) == origin


def test_an_origin_in_the_configuration_is_written_as_browsers_do() -> None:
    """Case and a default port do not matter; a path, a wildcard or a missing scheme is an error."""
    assert ORIGIN.validate_python("https://Example.com:443") == "https://example.com"
    for text in ("https://example.com/", "https://*.example.com", "example.com", "*", "null"):
        with pytest.raises(ValidationError):
            ORIGIN.validate_python(text)


@pytest.mark.parametrize(
    ("headers", "claimed"),
    [
        ([], None),
        ([("Origin", "https://a.example")], "https://a.example"),
        ([("Referer", "https://a.example/contact?x=1")], "https://a.example"),
        ([("Origin", "https://a.example"), ("Referer", "https://b.example/")], "https://a.example"),
    ],
)
def test_the_origin_header_goes_before_the_referer(headers: list[tuple[str, str]], claimed: str | None) -> None:
    """The Referer counts only where there is no Origin."""
    assert claimed_origin(request_of(headers=headers)) == claimed


@pytest.mark.parametrize(
    "headers",
    [
        [("Origin", "null")],
        [("Origin", "")],
        [("Origin", "https://a.example"), ("Origin", "https://a.example")],
        [("Origin", "null"), ("Referer", "https://a.example/")],
        [("Referer", "android-app://com.example")],
    ],
)
def test_an_origin_that_is_no_website_fails(headers: list[tuple[str, str]]) -> None:
    """`null`, nothing, two, or an app: refused, and on no list."""
    with pytest.raises(NotAuthentic):
        claimed_origin(request_of(headers=headers))
    assert allowed_origin(request_of(headers=headers), {"https://a.example", "null", ""}) is None


def test_only_listed_origins_are_allowed() -> None:
    """Another scheme, port or subdomain is another origin."""
    listed = {"https://a.example"}
    assert allowed_origin(request_of(headers={"Origin": "https://a.example"}), listed) == "https://a.example"
    for other in (
        "http://a.example",
        "https://a.example:8443",
        "https://b.a.example",
        "https://a.example.evil.example",
    ):
        assert allowed_origin(request_of(headers={"Origin": other}), listed) is None
