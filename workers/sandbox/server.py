"""Serving the sandbox: uvicorn with a protocol that can break connections, on a socket that is surely ours."""

import socket
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from workers.sandbox.wire import FaultyProtocol

_BACKLOG = 2048


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that already listens, so a caller may announce it.

    Raises OSError for an address that cannot be had, OverflowError for a port that cannot be.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(_BACKLOG)
    except (OSError, OverflowError):
        sock.close()
        raise
    return sock


class SandboxServer(uvicorn.Server):
    """Stops at once, however many answers are stalled or delayed."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Break every connection, then shut down as usual."""
        for connection in list(self.server_state.connections):
            cast("FaultyProtocol", connection).transport.abort()
        await super().shutdown(sockets)


def sandbox_server(app: ASGIApp) -> uvicorn.Server:
    """A quiet server for `app`; run it with `server.run(sockets=[listening_socket(host, port)])`."""
    config = uvicorn.Config(
        app,
        http=FaultyProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=2,
    )
    return SandboxServer(config)
