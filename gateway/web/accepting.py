"""Accepting connections as fast as they come.

uvloop accepts one connection a turn of its loop. While each turn is full of work, connections then queue in the kernel
for seconds, where nobody can tell a sender to come again; so we take those that wait, all at once.
"""

import asyncio
import socket
from contextlib import suppress

import uvicorn

_AT_ONCE = 128


class PromptServer(uvicorn.Server):
    """uvicorn, with a second look at the listening sockets each turn."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen as uvicorn does, and take whole rushes."""
        await super().startup(sockets)
        self._doors = [
            socket.fromfd(one.fileno(), one.family, one.type) for each in self.servers for one in each.sockets
        ]
        self._arrivals: set[asyncio.Task[object]] = set()
        for door in self._doors:
            asyncio.get_running_loop().add_reader(door.fileno(), self._take_all, door)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nobody more, then stop as uvicorn does."""
        for door in self._doors:
            asyncio.get_running_loop().remove_reader(door.fileno())
            door.close()
        await super().shutdown(sockets)

    def _take_all(self, door: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                connection, _ = door.accept()
            except OSError:  # nobody is left, or this one hung up, or there is no file for it: uvicorn looks too
                return
            connection.setblocking(False)
            task = asyncio.get_running_loop().create_task(self._greet(connection))
            self._arrivals.add(task)
            task.add_done_callback(self._arrivals.discard)

    async def _greet(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with suppress(OSError):
            await loop.connect_accepted_socket(self._protocol, connection)

    def _protocol(self) -> asyncio.Protocol:
        made: asyncio.Protocol = self.config.http_protocol_class(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )  # type: ignore[call-arg]  # as in uvicorn
        return made
