"""The network below one HTTP request: httpcore's documented backend interface, on asyncio's own transports.

httpcore's own backend waits through anyio, which costs more than a dial's whole HTTP. This only connects, writes, reads
and closes, and raises what httpcore's backends raise; what is sent, and what that proves, is http_attempt.py's.
"""

import asyncio
import ssl
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, cast

import httpcore
from aiohappyeyeballs import start_connection

_NEXT_ADDRESS_SECONDS = 0.25  # RFC 8305, section 5: how long one address is tried alone
_MOST_UNREAD = 256 * 1024  # bytes; what comes beyond waits in the kernel


class Wire(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """One connection. One task reads and writes; any may close it, at once and as often as it likes."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._unread = bytearray()
        self._ended = False  # no more bytes will come
        self._closed = False  # by us
        self._lost: Exception | None = None
        self._held_up = False  # the transport took as much as it will for now
        self._waiter: asyncio.Future[None] | None = None

    @property
    def ended(self) -> bool:
        """Whether the other side left, or we did: what is written now goes nowhere."""
        return self._ended or self._transport is None or self._transport.is_closing()

    @property
    def spoken(self) -> bool:
        """Whether the other side said something that nobody read yet."""
        return bool(self._unread)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's own
        """The next bytes; none at the end. Raises ReadTimeout, or ReadError when the connection was lost."""
        while not self._unread:
            if self._lost is not None:
                raise httpcore.ReadError(str(self._lost)) from self._lost
            if self._ended:
                return b""
            await self._wait(timeout, httpcore.ReadTimeout)
        found = bytes(self._unread[:max_bytes])
        del self._unread[:max_bytes]
        if self._transport is not None and not self._ended:
            self._transport.resume_reading()
        return found

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's own
        """Hand bytes to the connection. Raises WriteTimeout while it takes none, or WriteError when it was lost."""
        if self._transport is None or self._transport.is_closing():
            raise httpcore.WriteError("the connection is closed")
        self._transport.write(buffer)
        while self._held_up:
            await self._wait(timeout, httpcore.WriteTimeout)
            if self._lost is not None:
                raise httpcore.WriteError(str(self._lost)) from self._lost

    async def aclose(self) -> None:
        """Let go of the socket, without waiting for the other side: it is closed when this returns."""
        if self._transport is not None and not self._closed:
            self._closed = True
            self._transport.abort()
            await asyncio.sleep(0)  # the turn of the loop in which it closes

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own
    ) -> "Wire":
        """The same connection behind TLS. Raises ConnectError or ConnectTimeout, and the connection is closed.

        Bytes that came in clear would be read as if TLS had brought them, and of a connection that ended uvloop says
        that the handshake was done: neither is begun with.
        """
        plain = cast("asyncio.Transport", self._transport)
        if self._unread or plain.is_closing():
            plain.abort()
            raise httpcore.ConnectError("the server spoke, or left, before the TLS handshake")
        try:
            async with asyncio.timeout(timeout):
                self._transport = await self._loop.start_tls(plain, self, ssl_context, server_hostname=server_hostname)
        except OSError as error:
            plain.abort()
            raise _unconnected(error) from error
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """For asyncio."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """For asyncio."""
        self._unread += data
        if len(self._unread) > _MOST_UNREAD and self._transport is not None:
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """For asyncio."""
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """For asyncio."""
        self._ended, self._lost, self._held_up = True, exc, False
        self._wake()

    def pause_writing(self) -> None:
        """For asyncio."""
        self._held_up = True

    def resume_writing(self) -> None:
        """For asyncio."""
        self._held_up = False
        self._wake()

    async def _wait(self, seconds: float | None, error: type[Exception]) -> None:
        self._waiter = waiter = self._loop.create_future()
        timer = None if seconds is None else self._loop.call_later(seconds, _give_up, waiter, error)
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Backend(httpcore.AsyncNetworkBackend):
    """Connects by TCP, to the first of a name's addresses that answers."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Wire:
        """A connection, Nagle's algorithm off as asyncio has it. Raises ConnectError or ConnectTimeout."""
        del local_address, socket_options  # a dial sets neither
        try:
            async with asyncio.timeout(timeout):
                return await _connected(host, port)
        except OSError as error:
            raise _unconnected(error) from error


async def _connected(host: str, port: int) -> Wire:
    loop = asyncio.get_running_loop()
    if _is_address(host):
        _, wire = await loop.create_connection(Wire, host, port)
        return wire
    found = await loop.getaddrinfo(host, port, type=1)
    sock = await start_connection(found, happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS, interleave=1)
    try:
        _, wire = await loop.create_connection(Wire, sock=sock)
    except BaseException:
        sock.close()
        raise
    return wire


@lru_cache(maxsize=64)
def _is_address(host: str) -> bool:
    with suppress(ValueError):
        return bool(ip_address(host))
    return False


def _unconnected(error: OSError) -> Exception:
    kind = httpcore.ConnectTimeout if isinstance(error, TimeoutError) else httpcore.ConnectError
    return kind(str(error))


def _give_up(waiter: "asyncio.Future[None]", error: type[Exception]) -> None:
    if not waiter.done():
        waiter.set_exception(error())
