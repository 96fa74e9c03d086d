"""A request's bytes: what is made once is never another account's, nor another body's."""

import h11
import httpx
import pytest

from workers.request import Request, request_of, target_of

CALLS = target_of(httpx.URL("https://api.example.com/calls"))


def written(request: Request) -> bytes:
    """What goes to the call API."""
    http = h11.Connection(h11.CLIENT)
    head = http.send(request.head) or b""
    body = (http.send(h11.Data(data=request.body)) or b"") if request.body else b""
    return head + body + (http.send(h11.EndOfMessage()) or b"")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://api.example.com/calls", b"Host: api.example.com\r\n"),
        ("http://127.0.0.1:8080/calls", b"Host: 127.0.0.1:8080\r\n"),
        ("http://[::1]:8080/calls", b"Host: [::1]:8080\r\n"),
    ],
)
def test_a_request_names_its_host_and_port(url: str, host: bytes) -> None:
    """The port only where it is not the usual one, an IPv6 address in brackets."""
    assert host in written(request_of("POST", target_of(httpx.URL(url)), b"{}"))


def test_each_body_has_its_own_length() -> None:
    """One as long, one longer, none: the head tells of the body that is sent with it."""
    for body in (b"{}", b"[]", b'{"a":1}', b""):
        sent = written(request_of("POST", CALLS, body))
        assert sent.endswith(b"\r\n\r\n" + body)
        assert (f"Content-Length: {len(body)}\r\n".encode() in sent) is bool(body)


def test_each_account_has_its_own_headers() -> None:
    """Requests that are the same but for the token are never sent with another's."""
    for token in ("first", "other", "first"):
        sent = written(request_of("POST", CALLS, b"{}", headers=(("Authorization", f"Bearer {token}"),)))
        assert f"Authorization: Bearer {token}\r\n".encode() in sent


def test_what_no_header_may_hold_is_refused() -> None:
    """A line break in a value would be a header of its own."""
    with pytest.raises(h11.LocalProtocolError):
        request_of("POST", CALLS, headers=(("Authorization", "a\r\nX-Other: b"),))
