"""What became of a call whose request began: row by row against a server of bare sockets."""

import contextlib
import json
import socket
import ssl
import time
from datetime import timedelta

import pytest
from dialers.conftest import MakeDialer
from dialers.dialing import CREDENTIALS, SECRET, TOKEN, order, summary
from dialers.raw_server import Conversation, RawServer, Script, after_request, response

from gateway.model import Placed, Refused, Uncertain, Unsent
from gateway.reasons import Reason

pytestmark = pytest.mark.anyio


def reset_unread(conversation: Conversation) -> None:
    """Reset while the request lies there unread."""
    conversation.await_request()
    conversation.reset()


def reset_after_request(conversation: Conversation) -> None:
    """Read everything, then reset."""
    conversation.read_request()
    conversation.reset()


def silence(conversation: Conversation) -> None:
    """Read everything and never answer."""
    conversation.read_request()
    conversation.say_nothing()


def dripping(answer: bytes) -> Script:
    """Answer a byte at a time: no single read takes long, all of it does."""

    def script(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.drip(answer, seconds=0.1)

    return script


def answer_before_reading(conversation: Conversation) -> None:
    """Answer a request that lies there, although not a byte of it was read."""
    conversation.await_request()
    conversation.send(response(413))
    conversation.read_request()


def chunked(*parts: bytes) -> bytes:
    """The head of a chunked 200, then whatever parts."""
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(parts)


AFTER_THE_REQUEST: dict[str, tuple[Script, type, Reason | int]] = {
    "plain 200": (after_request(response(200)), Placed, 200),
    "201": (after_request(response(201)), Placed, 201),
    "204 without a body": (after_request(b"HTTP/1.1 204 No Content\r\n\r\n"), Placed, 204),
    "HTTP/1.0 until close": (after_request(b"HTTP/1.0 200 OK\r\n\r\n{}"), Placed, 200),
    "200 cut short": (after_request(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), Placed, 200),
    "200 with bad gzip": (after_request(response(200, b"nonsense", "Content-Encoding: gzip")), Placed, 200),
    "200 in broken chunks": (after_request(chunked(b"zz\r\n")), Placed, 200),
    "200 cut between chunks": (after_request(chunked(b"2\r\n{}\r\n")), Placed, 200),
    "200 with a body of 1 MB": (after_request(response(200, b"[" * 1_000_000)), Placed, 200),
    "200 with 30 KB of headers": (after_request(response(200, b"{}", f"X-Big: {'x' * 30_000}")), Placed, 200),
    "103 early hints, then 200": (
        after_request(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", response(200)),
        Placed,
        200,
    ),
    "100 continue, then 200": (after_request(b"HTTP/1.1 100 Continue\r\n\r\n", response(200)), Placed, 200),
    "100 continue, then nothing": (
        after_request(b"HTTP/1.1 100 Continue\r\n\r\n"),
        Uncertain,
        Reason.CONNECTION_LOST,
    ),
    "101": (
        after_request(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        Uncertain,
        Reason.RESPONSE_UNREADABLE,
    ),
    "headers without end": (
        after_request(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000),
        Uncertain,
        Reason.RESPONSE_UNREADABLE,
    ),
    "reset before reading": (reset_unread, Uncertain, Reason.CONNECTION_LOST),
    "reset after reading": (reset_after_request, Uncertain, Reason.CONNECTION_LOST),
    "closed without an answer": (after_request(), Uncertain, Reason.CONNECTION_LOST),
    "closed in the head": (after_request(b"HTTP/1.1 200 OK\r\nConte"), Uncertain, Reason.CONNECTION_LOST),
    "silence": (silence, Uncertain, Reason.RESPONSE_TIMEOUT),
    "slow drip of the head": (dripping(response(200)), Uncertain, Reason.RESPONSE_TIMEOUT),
    "invalid status line": (after_request(b"HTTP/1.1 abc\r\n\r\n"), Uncertain, Reason.RESPONSE_UNREADABLE),
    "HTTP/0.9": (after_request(b"<html>hello</html>\r\n\r\n"), Uncertain, Reason.RESPONSE_UNREADABLE),
    "answer before the request was read": (answer_before_reading, Refused, Reason.REFUSED),
    "404 cut short": (
        after_request(b"HTTP/1.1 404 No\r\nContent-Length: 99\r\n\r\n{"),
        Refused,
        Reason.REFUSED,
    ),
    "500 cut short": (
        after_request(b"HTTP/1.1 500 No\r\nContent-Length: 99\r\n\r\n{"),
        Uncertain,
        Reason.SERVER_ERROR,
    ),
}


@pytest.mark.parametrize("row", AFTER_THE_REQUEST)
async def test_what_follows_the_first_byte_is_told_honestly(row: str, make_dialer: MakeDialer) -> None:
    """Once a byte was written only a status proves anything; a status counts even when the body breaks."""
    script, kind, reason = AFTER_THE_REQUEST[row]
    with RawServer(script) as server:
        outcome = await make_dialer(server.url).dial(order(), CREDENTIALS)
        assert summary(outcome) == (kind, reason)
        assert server.connections == 1


async def test_a_dripping_body_after_its_head_is_placed(make_dialer: MakeDialer) -> None:
    """The head came in time and said 200: the call is placed, however long the body would take."""

    def script(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        conversation.drip(b"x" * 100, seconds=0.1)

    with RawServer(script) as server:
        started = time.monotonic()
        outcome = await make_dialer(server.url, total_seconds=0.5).dial(order(), CREDENTIALS)
        assert isinstance(outcome, Placed)
        assert time.monotonic() - started < 2


async def test_a_server_that_never_stops_talking_is_left(make_dialer: MakeDialer) -> None:
    """Heads of no answer, one after another, as fast as they are read: the whole exchange has its end all the same."""

    def script(conversation: Conversation) -> None:
        conversation.read_request()
        with contextlib.suppress(OSError):
            while True:
                conversation.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    with RawServer(script) as server:
        outcome = await make_dialer(server.url, total_seconds=0.5).dial(order(), CREDENTIALS)
        assert summary(outcome) == (Uncertain, Reason.RESPONSE_TIMEOUT)


async def test_garbage_inside_tls_is_uncertain(
    make_dialer: MakeDialer, server_tls: ssl.SSLContext, trusting_tls: ssl.SSLContext
) -> None:
    """A TLS stream that breaks after the request is like any lost connection."""

    def script(conversation: Conversation) -> None:
        conversation.read_request()
        socket.socket.sendall(conversation._sock, b"not a TLS record")

    with RawServer(script, tls=server_tls) as server:
        outcome = await make_dialer(server.url, ssl_context=trusting_tls).dial(order(), CREDENTIALS)
        assert summary(outcome) == (Uncertain, Reason.CONNECTION_LOST)


@pytest.mark.parametrize(("status", "stops"), [(301, True), (302, True), (303, False), (307, True), (308, True)])
async def test_no_redirect_is_followed(status: int, stops: bool, make_dialer: MakeDialer) -> None:
    """A redirect stops the account, but for 303, which may follow a placed call; where it points gets nothing."""
    with RawServer(after_request(response(200))) as elsewhere:
        redirect = response(status, b"", f"Location: {elsewhere.url}/login?next=secret")
        with RawServer(after_request(redirect)) as server:
            outcome = await make_dialer(server.url).dial(order(), CREDENTIALS)
        assert elsewhere.connections == 0
    assert isinstance(outcome, Unsent if stops else Uncertain)
    assert not isinstance(outcome, Unsent) or outcome.stops_account
    assert "next=secret" not in outcome.detail


async def test_rate_limit_with_its_delay(make_dialer: MakeDialer) -> None:
    """429 is proved unsent and carries the delay the API asks for."""
    with RawServer(after_request(response(429, b"{}", "Retry-After: 17"))) as server:
        outcome = await make_dialer(server.url).dial(order(), CREDENTIALS)
    assert isinstance(outcome, Unsent)
    assert outcome.retry_after == timedelta(seconds=17)


@pytest.mark.parametrize("status", [200, 404, 500])
async def test_an_echoed_token_is_blotted_out(status: int, make_dialer: MakeDialer) -> None:
    """Whatever the API echoes, no outcome holds the token."""
    body = json.dumps({"detail": f"bad token {TOKEN} or {SECRET}"}).encode()
    with RawServer(after_request(response(status, body))) as server:
        outcome = await make_dialer(server.url).dial(order(), CREDENTIALS)
    assert SECRET not in repr(outcome)
    assert "[secret]" in repr(outcome)
