"""A TCP proxy before Valkey's Unix socket that can lose one reply, as a network does."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any

_CHUNK = 64 * 1024


class Proxy:
    """`with Proxy(socket) as proxy:` forwards 127.0.0.1:`proxy.port` to a Unix socket, on a thread of its own.

    A reply is dropped after Valkey did what was asked: the connection is closed in its place, which is what
    the client sees of a network that failed in between.
    """

    def __init__(self, socket_path: str) -> None:
        self.dropped = 0
        self.port = 0
        self._path = socket_path
        self._match = b""
        self._left = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)
        self._ready = threading.Event()
        self._open: set[asyncio.StreamWriter] = set()

    def drop_replies(self, match: bytes, times: int = 1) -> None:
        """Lose the reply to each of the next `times` commands that hold these bytes."""
        self.dropped, self._match, self._left = 0, match, times

    def pass_replies(self) -> None:
        """Lose no reply from now on."""
        self._left = 0

    def reset(self) -> None:
        """Close every connection that is open."""
        self._loop.call_soon_threadsafe(lambda: [writer.transport.abort() for writer in self._open])

    def __enter__(self) -> "Proxy":
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)

    def _run(self) -> None:
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._close(server))
        self._loop.close()

    async def _close(self, server: asyncio.Server) -> None:
        server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
        try:
            server_in, server_out = await asyncio.open_unix_connection(self._path)
        except OSError:
            client_out.transport.abort()
            return
        exchange = Exchange()
        self._open |= {client_out, server_out}
        try:
            await _first_to_end(
                self._requests(client_in, server_out, exchange), self._replies(server_in, client_out, exchange)
            )
        finally:
            self._open -= {client_out, server_out}
            client_out.transport.abort()
            server_out.transport.abort()

    async def _requests(self, source: asyncio.StreamReader, to: asyncio.StreamWriter, exchange: "Exchange") -> None:
        while data := await source.read(_CHUNK):
            if self._left > 0 and self._match in data:
                self._left -= 1
                exchange.doomed = True
            to.write(data)
            await to.drain()

    async def _replies(self, source: asyncio.StreamReader, to: asyncio.StreamWriter, exchange: "Exchange") -> None:
        while data := await source.read(_CHUNK):
            if exchange.doomed and not data.startswith(b"-NOSCRIPT"):
                self.dropped += 1
                return
            self._left += exchange.doomed
            exchange.doomed = False
            to.write(data)
            await to.drain()


class Exchange:
    """One connection: whether the reply that comes next is to be lost."""

    def __init__(self) -> None:
        self.doomed = False


async def _first_to_end(*ways: Coroutine[Any, Any, None]) -> None:
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError, OSError):
                await task
