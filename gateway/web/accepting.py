"""Accepting connections as fast as they come.

uvloop accepts one connection a turn of its loop. While each turn is full of work, connections then queue in the kernel
for seconds, where nobody can tell a sender to come again; so we take those that wait, all at once.
"""

import asyncio
import os
import signal
import socket
from contextlib import suppress
from types import FrameType

import uvicorn
from uvicorn.lifespan.on import LifespanOn

AT_ONCE = 128


class PromptServer(uvicorn.Server):
    """uvicorn, with a second look at the listening sockets each turn.

    A signal ends it at once while its application still starts, which may wait for Redis for as long as it takes:
    nobody was let in, so there is nobody to wait for.
    """

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """What a signal does; uvicorn's own hears it only when the application has started."""
        lifespan = getattr(self, "lifespan", None)
        if isinstance(lifespan, LifespanOn) and not lifespan.startup_event.is_set():
            signal.signal(sig, signal.SIG_DFL)
            signal.raise_signal(sig)
            os._exit(128 + sig)  # the first process of a container has no default action
        super().handle_exit(sig, frame)

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

    def _take_all(self, door: socket.socket, most: int = AT_ONCE) -> None:
        for _ in range(most):
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
