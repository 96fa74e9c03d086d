"""A line between a client and a server on a Unix socket that loses an answer and hangs up when told to."""

import asyncio
from typing import Self


class LossyLine:
    """`async with LossyLine(path) as line:` forwards from `line.url`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._armed = self._waiting = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.lost = 0
        self.url = ""

    def lose_next(self) -> None:
        """The answer to the next script does not arrive; its connection breaks."""
        self._armed = True

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/0"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_unix_connection(self._path)
        pumps = [
            asyncio.ensure_future(self._pump(reader, up_writer, answers=False)),
            asyncio.ensure_future(self._pump(up_reader, writer, answers=True)),
        ]
        self._tasks.update(pumps)
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        for end in (writer, up_writer):
            end.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, answers: bool) -> None:
        while data := await source.read(65536):
            if not answers and self._armed and b"EVALSHA" in data:
                self._armed, self._waiting = False, True
            elif answers and self._waiting:
                self._waiting = False
                self.lost += 1
                return
            sink.write(data)
            await sink.drain()
