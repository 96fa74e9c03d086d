"""Parts of a request that some senders sign in a form of their own."""

from contextlib import suppress
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inbound import json_request, request_of

from gateway.auth.signed_parts import first_element, sorted_form, url_with_port, url_without_port
from gateway.auth.templates import covers_body, parse_template, render
from gateway.errors import NotAuthentic
from gateway.model import Request

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
HASH = sha256(b"{}").hexdigest()


@pytest.mark.parametrize(
    ("body", "signed"),
    [
        (b"", b""),
        (b"b=2&a=1", b"a1b2"),
        (b"a=2&a=1&a=2", b"a1a2"),
        (b"a=%C3%A9+%2B", "aé +".encode()),
        (b"a", b"a"),
    ],
)
def test_a_form_is_signed_by_name(body: bytes, signed: bytes) -> None:
    """Values of one name sorted and each once, as Twilio does; no body, nothing."""
    assert sorted_form(request_of(body, FORM)) == signed


@pytest.mark.parametrize(
    "request_", [json_request(b"{}"), request_of(b"a=1"), request_of(b"a=%FF", FORM), request_of(b"&a" * 2000, FORM)]
)
def test_what_is_no_form_is_not_covered(request_: Request) -> None:
    """Else a signature over the address alone would carry any JSON."""
    with pytest.raises(NotAuthentic):
        sorted_form(request_)


@pytest.mark.parametrize(
    ("url", "with_port", "without"),
    [
        ("https://a.example/p?q=1", "https://a.example:443/p?q=1", "https://a.example/p?q=1"),
        ("http://a.example", "http://a.example:80", "http://a.example"),
        ("https://a.example:8443/p", "https://a.example:8443/p", "https://a.example/p"),
        ("https://[::1]/p", "https://[::1]:443/p", "https://[::1]/p"),
        ("https://a.example?u=b:1", "https://a.example:443?u=b:1", "https://a.example?u=b:1"),
        ("mailto:a@example.com", "mailto:a@example.com", "mailto:a@example.com"),
    ],
)
def test_a_port_is_written_out_or_left_away(url: str, with_port: str, without: str) -> None:
    """Only the host's; what is no web address stays."""
    assert (url_with_port(url), url_without_port(url)) == (with_port, without)
    request = request_of(url=url)
    assert render("{url:port} {url:portless}", request, timestamp=None, secret=b"") == f"{with_port} {without}".encode()


def test_an_address_may_name_the_bodys_hash() -> None:
    """Then the body is covered by what is signed, and any other body is refused."""
    for query in (f"bodySHA256={HASH}", f"a=1&bodySHA256={HASH.upper()}"):
        request = json_request(b"{}", query=query)
        rendered = render("{url}{body:hashed-in-url}", request, timestamp=None, secret=b"")
        assert rendered == request.url.encode()
    for query, body in ((f"bodySHA256={HASH}", b"[]"), ("", b"{}"), (f"bodySHA256={HASH}&bodySHA256={HASH}", b"{}"),
                        ("bodySHA256=%C3%A9", b"{}")):  # fmt: skip
        with pytest.raises(NotAuthentic):
            render("{body:hashed-in-url}", json_request(body, query=query), timestamp=None, secret=b"")


@pytest.mark.parametrize(
    ("body", "first"),
    [
        (b'[{"a":1},{"b":2}]', b'{"a":1}'),
        (b'[ \n{"a": "\xc3\xa9]"} , 2]', b'{"a": "\xc3\xa9]"}'),
        (b"\xef\xbb\xbf[1,2]", b"1"),
        (b'["x"]', b'"x"'),
        (b'{"a":[1]}', b'{"a":[1]}'),
        (b'[{"id":12345678901234567890123}]', b'{"id":12345678901234567890123}'),
    ],
)
def test_the_first_element_is_taken_as_it_stands(body: bytes, first: bytes) -> None:
    """Byte for byte; what is no list is taken whole."""
    assert first_element(body) == first
    assert render("{body:first}", json_request(body), timestamp=None, secret=b"") == first


@pytest.mark.parametrize("body", [b"", b"[]", b"[1", b"\xff", b"[" * 100 + b"]" * 100, b'[{"a":1,"a":2}]'])
def test_what_has_no_first_element_is_refused(body: bytes) -> None:
    """Nothing in it can have been signed."""
    with pytest.raises(NotAuthentic):
        first_element(body)


@given(st.binary(max_size=60) | st.text('[]{}",:1 a\\', max_size=40).map(str.encode))
def test_any_body_has_a_first_element_or_is_refused(body: bytes) -> None:
    """Never another error."""
    with suppress(NotAuthentic):
        assert first_element(body)


def test_a_text_in_the_body_may_be_signed() -> None:
    """As it is, or percent-encoded throughout."""
    request = json_request(b'{"url":"https://a.example/p q","data":{"type":"call"},"n":1}')
    rendered = render("{key}|{urlencoded:url}|{field:data.type}", request, timestamp=None, secret=b"s")
    assert rendered == b"s|https%3A%2F%2Fa.example%2Fp%20q|call"
    for template in ("{field:n}", "{field:missing}", "{urlencoded:data}"):
        with pytest.raises(NotAuthentic):
            render(template, request, timestamp=None, secret=b"")
    with pytest.raises(NotAuthentic):
        render("{field:a}", json_request(b"{"), timestamp=None, secret=b"")


@pytest.mark.parametrize(
    ("template", "covered"),
    [
        ("{url}{body}", True),
        ("{url}{form:sorted}", True),
        ("{url:port}{body:hashed-in-url}", True),
        ("{body:hashed-in-url}", False),
        ("{body:first}", False),
        ("{field:type}{timestamp}", False),
        ("{url}", False),
    ],
)
def test_whether_the_body_is_covered_is_known(template: str, covered: bool) -> None:
    """By the parts alone."""
    assert covers_body(template) is covered


@pytest.mark.parametrize("template", ["{form}", "{form:other}", "{field}", "{field:a..b}", "{url:x}", "{body:last}"])
def test_a_part_must_be_known(template: str) -> None:
    """And its path readable."""
    with pytest.raises(ValueError, match=r"not a part|cannot be read"):
        parse_template(template)
