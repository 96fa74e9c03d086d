"""One request: what of the answer is kept, and that nothing stays open behind it."""

import gzip
import zlib
from typing import Any

import httpx
import pytest
from dialers.raw_server import Conversation, RawServer, after_request, response
from waiting import eventually, soon

from gateway.reasons import Reason
from workers.http_attempt import MAX_BODY_BYTES, attempt
from workers.observation import Observation
from workers.request import Request, request_of, target_of
from workers.wire import Backend, Wire

pytestmark = pytest.mark.anyio


def posted(url: str) -> Request:
    """A POST of two bytes."""
    return request_of("POST", target_of(httpx.URL(url)), b"{}")


async def asked(url: str) -> Observation:
    """One POST to `url`."""
    context = httpx.create_ssl_context(trust_env=False)
    request = posted(url)
    return await attempt(request, ssl_context=context, total_seconds=30.0, may_start=lambda: True)


@pytest.mark.parametrize(
    ("encoding", "sent", "kept"),
    [
        ("gzip", gzip.compress(b"hello", mtime=0), b"hello"),
        ("GZIP", gzip.compress(b"hello", mtime=0), b"hello"),
        ("deflate", zlib.compress(b"hello"), b"hello"),
        ("gzip", gzip.compress(b"hello " * 100, mtime=0)[:-9], b"hello "),
        ("gzip", b"nonsense", b"nonsense"),
        ("br", b"unknown", b"unknown"),
        ("gzip", gzip.compress(b"x" * 10_000_000, mtime=0), b"x" * MAX_BODY_BYTES),
    ],
)
async def test_a_body_is_unpacked_as_far_as_it_goes(encoding: str, sent: bytes, kept: bytes) -> None:
    """We ask for no compression; what comes compressed is read within the limit, what is broken stays as it came."""
    with RawServer(after_request(response(200, sent, f"Content-Encoding: {encoding}"))) as server:
        observation = await asked(server.url)
    assert observation.status == 200
    assert observation.body.startswith(kept)
    assert len(observation.body) <= MAX_BODY_BYTES


async def test_at_most_64_kb_are_kept() -> None:
    """And the rest is not waited for."""
    with RawServer(after_request(response(200, b"x" * 5_000_000))) as server:
        observation = await asked(server.url)
    assert len(observation.body) == MAX_BODY_BYTES
    assert observation.failure is None


async def test_header_names_are_lower_case_and_the_first_counts() -> None:
    """Headers are found by lower-case name."""
    with RawServer(after_request(response(200, b"", "X-Thing: a", "x-thing: b"))) as server:
        observation = await asked(server.url)
    assert observation.header("x-thing") == "a"
    assert observation.header("nothing") is None


async def test_the_connection_is_closed_by_us() -> None:
    """The server would keep it open; it sees us leave."""
    left: list[bool] = []

    def script(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.send(response(200))
        left.append(conversation.left())

    with RawServer(script) as server:
        await asked(server.url)
        assert eventually(lambda: left) == [True]


async def test_a_host_no_resolver_takes_is_unsent() -> None:
    """A name that cannot even be encoded for the resolver never starts."""
    observation = await asked("http://" + "a" * 70 + ".example/")
    assert not observation.started


class LateBackend(Backend):
    """Gives a connection out once the server has left it."""

    async def connect_tcp(self, *given: Any, **named: Any) -> Wire:
        """As when the end comes together with the last of what connecting waits for."""
        wire = await super().connect_tcp(*given, **named)
        while await wire.read(100, timeout=30.0):
            pass
        return wire


@pytest.mark.parametrize("said", [b"", response(503)])
async def test_a_server_that_left_before_the_first_byte_is_unsent(said: bytes) -> None:
    """A balancer with nobody behind it closes, or says so and closes: nothing is written, which is proof."""
    context = httpx.create_ssl_context(trust_env=False)
    with RawServer(lambda conversation: conversation.send(said)) as server:
        request = posted(server.url)
        observation = await attempt(
            request, ssl_context=context, total_seconds=30.0, may_start=lambda: True, backend=LateBackend()
        )
    assert (observation.started, observation.failure) == (False, Reason.CONNECT_FAILED)


class PatientBackend(Backend):
    """Gives a connection out once the server has spoken."""

    async def connect_tcp(self, *given: Any, **named: Any) -> Wire:
        """As when its words come together with the last of what connecting waits for."""
        wire = await super().connect_tcp(*given, **named)

        async def spoken() -> bool:
            return wire.spoken

        await soon(spoken, message="the server speaks")
        return wire


async def test_a_server_that_spoke_before_the_first_byte_gets_no_request() -> None:
    """Its 429 is no answer to a request that it reads only then; a dial that took it for one would be made again."""

    def script(conversation: Conversation) -> None:
        conversation.send(response(429))
        conversation.say_nothing()

    context = httpx.create_ssl_context(trust_env=False)
    with RawServer(script) as server:
        request = posted(server.url)
        observation = await attempt(
            request, ssl_context=context, total_seconds=30.0, may_start=lambda: True, backend=PatientBackend()
        )
        assert (observation.started, observation.failure) == (False, Reason.CONNECT_FAILED)
        assert server.bytes_received == 0
