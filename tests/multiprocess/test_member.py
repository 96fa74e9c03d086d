"""One process of several: what its supervisor and its neighbours do must not stop it."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any

import plain_http
from receiver import settings_for
from waiting import eventually

from gateway.app import Start, create_app
from gateway.multiprocess.member import Member
from gateway.settings import Settings
from gateway.web.server import server_config


class CountedListener:
    """A neighbour's socket at which nobody waits; how often somebody looked."""

    def __init__(self) -> None:
        self.looks = 0

    def accept(self) -> Any:
        """Nobody is there."""
        self.looks += 1
        raise BlockingIOError

    def close(self) -> None:
        """Nothing to give up."""


@contextmanager
def member(settings: Settings, line: socket.socket, neighbours: Sequence[Any] = (), **more: Any) -> Iterator[int]:
    """A member that serves; its port."""
    app = create_app(lambda: Start(settings=settings, environ={}))
    server = Member(server_config(app, host="127.0.0.1", port=0), line, neighbours, **more)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    try:
        eventually(lambda: server.started or not thread.is_alive(), message="the member starts")
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(60)
    assert not thread.is_alive(), "the member did not stop"


def test_a_supervisor_that_reads_nothing_stops_nobody(valkey_url: str) -> None:
    """What must hold: a line that is full of beats keeps nobody waiting, and says so later that we serve."""
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        theirs.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                theirs.send(b".")
        theirs.setblocking(True)
        with member(settings_for(valkey_url), theirs) as port:
            assert plain_http.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
            ours.settimeout(60)
            eventually(lambda: b"+" in ours.recv(65536), message="it tells that it serves")


def test_a_member_without_room_leaves_callers_to_its_neighbours(valkey_url: str) -> None:
    """What must hold: who waits at a neighbour's socket is taken while there is room for one more here, else left."""
    ours, theirs = socket.socketpair()
    ours.settimeout(60)
    listener = CountedListener()
    with closing(ours), closing(theirs), member(settings_for(valkey_url), theirs, [listener], room=1) as port:
        eventually(lambda: listener.looks > 2, message="it looks")
        with socket.create_connection(("127.0.0.1", port), 60) as visitor:
            visitor.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b" 200 " in visitor.recv(65536)
            seen = listener.looks
            assert ours.recv(65536)
            assert ours.recv(1)
            assert ours.recv(1)  # between two beats a member that has room looks many times
            assert listener.looks == seen
        eventually(lambda: listener.looks > seen, message="there is room again")
