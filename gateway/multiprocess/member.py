"""One receiver process of several: `python -m gateway.multiprocess.member ORDERS`, started by the supervisor alone.

It is the receiver that `dialgate serve` is without a group, on sockets it was given. It tells the supervisor that its
event loop turns, and stops when the supervisor is gone.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import structlog
import uvicorn

from gateway.app import Start, create_app, start_from_environment
from gateway.errors import ConfigInvalid
from gateway.multiprocess.orders import BEAT, SERVING, Orders
from gateway.settings import read_settings
from gateway.web.accepting import AT_ONCE, PromptServer
from gateway.web.server import CONNECTIONS, prepare, server_config
from gateway.web.shared_figures import share_figures

_BEAT_SECONDS = 1.0
_NEIGHBOURS_SECONDS = 0.05

log = structlog.stdlib.get_logger("dialgate.receivers")


class Member(PromptServer):
    """The server of one process. Now and then it also takes whom a busy, hanging or dead neighbour keeps waiting.

    `room`: connections of its own with which it takes nobody more from a neighbour, who may have room.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        line: socket.socket,
        neighbours: Sequence[socket.socket],
        *,
        room: int = CONNECTIONS,
    ) -> None:
        super().__init__(config)
        self._line = line
        self._line.setblocking(False)  # a supervisor that stands still must not stop us
        self._neighbours = neighbours
        self._room = room

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to stop, or until the supervisor is gone."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._line.fileno(), self._hear)
        beating = asyncio.create_task(self._beat())
        try:
            await super().serve(sockets)
        finally:
            beating.cancel()
            loop.remove_reader(self._line.fileno())

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell when connections are taken."""
        await super().startup(sockets)
        self._tell(SERVING)
        self._looking = asyncio.create_task(self._look_after_neighbours())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nobody more, at no listener."""
        self._looking.cancel()
        for listener in self._neighbours:
            listener.close()
        await super().shutdown(sockets)

    async def _beat(self) -> None:
        while True:
            self._tell(SERVING if self.started else BEAT)  # again each time: a line that was full held no word
            await asyncio.sleep(_BEAT_SECONDS)

    async def _look_after_neighbours(self) -> None:
        while True:
            await asyncio.sleep(_NEIGHBOURS_SECONDS)
            for listener in self._neighbours:
                here = len(self.server_state.connections) + len(self._arrivals)
                self._take_all(listener, min(AT_ONCE, self._room - here))

    def _tell(self, word: bytes) -> None:
        try:
            self._line.send(word)
        except OSError:  # nobody listens: `_hear` is told, or soon will be; or nobody reads, and the line is full
            return

    def _hear(self) -> None:
        """Nobody ever says anything here: what there is to hear is that the supervisor is gone."""
        asyncio.get_running_loop().remove_reader(self._line.fileno())
        self.handle_exit(signal.SIGTERM, None)


def main(word: str) -> None:
    """Serve as ordered. Exits 3 when start-up fails, having said why."""
    orders = Orders.read(word)
    folder = Path(orders.folder)
    shared = folder if share_figures(folder, str(orders.number)) else None
    try:
        settings = read_settings(os.environ)
    except ConfigInvalid as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(3) from None
    app = create_app(partial(_start, shared))
    config = server_config(app, host=settings.host, port=settings.port, trusted_proxies=settings.trusted_proxies)
    server = Member(config, socket.socket(fileno=orders.line), _opened(orders.neighbours))
    prepare(config)
    server.run(sockets=_opened(orders.listeners))
    if not server.started:
        raise SystemExit(3)


def _start(shared: Path | None) -> Start:
    start = start_from_environment()
    if shared is None:
        log.warning("receiver.counts_alone", detail="the folder that the processes share is gone: start them all anew")
    return replace(start, shared=shared)


def _opened(numbers: Sequence[int]) -> list[socket.socket]:
    found = [socket.socket(fileno=number) for number in numbers]
    for one in found:
        one.setblocking(False)
    return found


if __name__ == "__main__":
    main(sys.argv[1])
