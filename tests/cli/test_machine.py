"""What `dialgate up` decides before it starts anything."""

import socket

import pytest

from gateway.cli.machine import port_held
from gateway.cli.screen import CommandFailed


def listen(port: int, *, as_servers_do: bool) -> None:
    """Listen there, and end it. Raises OSError."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, as_servers_do)
        server.bind(("127.0.0.1", port))
        server.listen()


def test_a_port_is_kept_until_its_server_listens() -> None:
    """Nobody gets it between the choice and the server's start, seconds later; the server does, also a second time."""
    with port_held("127.0.0.1", 0, "--port") as port:
        with pytest.raises(OSError, match="in use"):
            listen(port, as_servers_do=False)
        for _ in range(2):
            listen(port, as_servers_do=True)


def test_a_port_that_somebody_listens_on_is_refused() -> None:
    """With the option that helps."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with (
            pytest.raises(CommandFailed, match="taken by another program: choose another with --port"),
            port_held("127.0.0.1", taken.getsockname()[1], "--port"),
        ):
            pass
