"""The network below a dial: what reading, writing and closing promise, in either loop."""

import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpcore
import pytest
from dialers.raw_server import Conversation, RawServer, Script

from workers.wire import Backend, Wire

pytestmark = pytest.mark.anyio

_SHORT = 0.2  # seconds: what is to run out
_LONG = 30.0  # and what is not
_MORE_THAN_ANY_BUFFER = 32 * 1024 * 1024


@asynccontextmanager
async def connected(script: Script, *, host: str = "127.0.0.1") -> AsyncIterator[Wire]:
    """A wire to a server that behaves so."""
    with RawServer(script) as server:
        wire = await Backend().connect_tcp(host, server.port, timeout=_LONG)
        try:
            yield wire
        finally:
            await wire.aclose()


def say_nothing(conversation: Conversation) -> None:
    """Keep the connection, and read nothing."""
    conversation.say_nothing()


def reset(conversation: Conversation) -> None:
    """Reset the connection once something came."""
    conversation.await_request()
    conversation.reset()


def flood(conversation: Conversation) -> None:
    """Send much, leave."""
    conversation.send(b"x" * _MORE_THAN_ANY_BUFFER)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_what_is_sent_is_read_up_to_its_end(host: str) -> None:
    """By address, and by a name of which one address may refuse; the end is no bytes, as often as it is asked."""

    def script(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.send(b"hello")

    async with connected(script, host=host) as wire:
        await wire.write(b"GET / HTTP/1.1\r\n\r\n", timeout=_LONG)
        assert await wire.read(2, timeout=_LONG) == b"he"
        assert await wire.read(100, timeout=_LONG) == b"llo"
        assert await wire.read(100, timeout=_LONG) == b""
        assert await wire.read(100, timeout=_LONG) == b""


async def test_silence_ends_a_read_in_time() -> None:
    """And the wire can be read on."""
    async with connected(say_nothing) as wire:
        for _ in range(2):
            with pytest.raises(httpcore.ReadTimeout):
                await wire.read(100, timeout=_SHORT)


async def test_a_server_that_takes_nothing_ends_a_write_in_time() -> None:
    """What neither the kernel nor the transport takes is waited for, but not for ever."""
    async with connected(say_nothing) as wire:
        with pytest.raises(httpcore.WriteTimeout):
            await wire.write(b"x" * _MORE_THAN_ANY_BUFFER, timeout=_SHORT)


async def test_a_reset_is_an_error_and_no_empty_answer() -> None:
    """Reading and writing say that the connection was lost."""
    async with connected(reset) as wire:
        await wire.write(b"x", timeout=_LONG)
        with pytest.raises(httpcore.ReadError):
            await wire.read(100, timeout=_LONG)
        with pytest.raises(httpcore.WriteError):
            await wire.write(b"x", timeout=_LONG)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_closed_port_is_no_connection(host: str) -> None:
    """Whichever addresses a name has, a port nobody listens on is a ConnectError."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(httpcore.ConnectError):
            await Backend().connect_tcp(host, unused.getsockname()[1], timeout=_LONG)


async def test_a_flood_is_read_whole() -> None:
    """However often reading had to pause because nobody took what came."""
    left = _MORE_THAN_ANY_BUFFER
    async with connected(flood) as wire:
        while left:
            found = await wire.read(64 * 1024, timeout=_LONG)
            assert found
            left -= len(found)
        assert await wire.read(1, timeout=_LONG) == b""


async def test_closed_twice_is_closed() -> None:
    """And neither writes any more."""
    async with connected(say_nothing) as wire:
        await wire.aclose()
        await wire.aclose()
        with pytest.raises(httpcore.WriteError):
            await wire.write(b"x", timeout=_LONG)


@pytest.mark.parametrize("said", [b"HTTP/1.1 429 Too Many Requests\r\n\r\n", b""])
async def test_what_comes_before_the_handshake_ends_it(trusting_tls: ssl.SSLContext, said: bytes) -> None:
    """Bytes in clear, which anybody on the way may have put there, are no answer; an end in clear is no handshake."""

    def script(conversation: Conversation) -> None:
        conversation.send(b"?" + said)
        if said:
            conversation.say_nothing()

    async with connected(script) as wire:
        for expected in (b"?",) if said else (b"?", b""):
            assert await wire.read(1, timeout=_LONG) == expected
        with pytest.raises(httpcore.ConnectError):
            await wire.start_tls(trusting_tls, "127.0.0.1", timeout=_LONG)
        with pytest.raises(httpcore.WriteError):
            await wire.write(b"x", timeout=_LONG)
