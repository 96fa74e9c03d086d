"""What is proved unsent, with the proof: not one byte of the request reached the server."""

import contextlib
import socket
import ssl

import pytest
from dialers.conftest import MakeDialer
from dialers.dialing import CREDENTIALS, order, summary
from dialers.raw_server import RawServer, after_request, response
from waiting import eventually

from gateway.model import Placed, Unsent
from gateway.reasons import Reason

pytestmark = pytest.mark.anyio


async def test_nobody_listens(make_dialer: MakeDialer) -> None:
    """A refused connection is proved unsent."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    outcome = await make_dialer(f"http://127.0.0.1:{port}").dial(order(), CREDENTIALS)
    assert summary(outcome) == (Unsent, Reason.CONNECT_FAILED)


async def test_a_name_nobody_has(make_dialer: MakeDialer) -> None:
    """A host that cannot be resolved is proved unsent."""
    outcome = await make_dialer("https://calls.invalid").dial(order(), CREDENTIALS)
    assert summary(outcome)[0] is Unsent


async def test_a_listener_that_accepts_nobody(make_dialer: MakeDialer) -> None:
    """A connection not accepted in time is proved unsent."""
    with socket.socket() as full, contextlib.ExitStack() as fillers:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            filler = fillers.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        dialer = make_dialer(f"http://127.0.0.1:{full.getsockname()[1]}", connect_seconds=0.3)
        outcome = await dialer.dial(order(), CREDENTIALS)
    assert summary(outcome) == (Unsent, Reason.CONNECT_TIMEOUT)


async def test_the_total_deadline_covers_connecting(make_dialer: MakeDialer) -> None:
    """A TLS server that never shakes hands: the total deadline ends it, proved unsent."""
    with RawServer(lambda conversation: conversation.say_nothing()) as server:
        dialer = make_dialer(server.url.replace("http:", "https:"), connect_seconds=60.0, total_seconds=0.3)
        outcome = await dialer.dial(order(), CREDENTIALS)
    assert summary(outcome) == (Unsent, Reason.CONNECT_TIMEOUT)


async def test_an_unknown_certificate_gets_no_request(make_dialer: MakeDialer, server_tls: ssl.SSLContext) -> None:
    """A certificate nobody vouches for: the handshake fails and not one byte of the request arrives."""
    with RawServer(after_request(response(200)), tls=server_tls) as server:
        outcome = await make_dialer(server.url).dial(order(), CREDENTIALS)
        assert summary(outcome) == (Unsent, Reason.TLS_FAILED)
        assert server.bytes_received == 0


async def test_a_server_that_does_not_speak_tls(make_dialer: MakeDialer) -> None:
    """Plain text where a handshake is expected is a failed handshake."""
    with RawServer(lambda conversation: conversation.send(b"HTTP/1.1 400 Bad\r\n\r\n")) as server:
        outcome = await make_dialer(server.url.replace("http:", "https:")).dial(order(), CREDENTIALS)
        assert summary(outcome) == (Unsent, Reason.TLS_FAILED)
        assert server.bytes_received == 0


async def test_tls_with_a_trusted_certificate(
    make_dialer: MakeDialer, server_tls: ssl.SSLContext, trusting_tls: ssl.SSLContext
) -> None:
    """Over good TLS a call is placed as over any connection."""
    with RawServer(after_request(response(200)), tls=server_tls) as server:
        outcome = await make_dialer(server.url, ssl_context=trusting_tls).dial(order(), CREDENTIALS)
        assert summary(outcome) == (Placed, 200)


async def test_past_its_start_nothing_is_sent(make_dialer: MakeDialer) -> None:
    """An order that is too old does not even connect."""
    with RawServer(after_request(response(200))) as server:
        outcome = await make_dialer(server.url).dial(order(start_in=-0.001), CREDENTIALS)
        assert summary(outcome) == (Unsent, Reason.NOT_STARTED)
        assert server.connections == 0


async def test_too_old_once_connected_nothing_is_sent(make_dialer: MakeDialer) -> None:
    """The start is checked again with the first byte about to be written: connected, and still nothing sent."""
    readings = iter([0.0, 10.0])
    placing = order()
    with RawServer(after_request(response(200))) as server:
        dialer = make_dialer(server.url, monotonic=lambda: placing.start_by - 5 + next(readings))
        outcome = await dialer.dial(placing, CREDENTIALS)
        assert summary(outcome) == (Unsent, Reason.NOT_STARTED)
        eventually(lambda: server.connections == 1)
        assert server.bytes_received == 0
