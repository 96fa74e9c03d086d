"""Serving the sandbox: uvicorn with a protocol that can break connections, on a socket that is surely ours."""

import socket

import uvicorn
from starlette.types import ASGIApp

from workers.sandbox.wire import FaultyProtocol

_BACKLOG = 2048


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that already listens, so a caller may announce it. Raises OSError if the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(_BACKLOG)
    except OSError:
        sock.close()
        raise
    return sock


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
        timeout_graceful_shutdown=1,  # a stalled answer must not keep the sandbox from stopping
    )
    return uvicorn.Server(config)
