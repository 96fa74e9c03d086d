"""How uvicorn serves the application: the parser, the bounds, and what it must not say.

h11 rather than httptools: h11 stops reading a request whose headers grow past a bound, httptools never does.
It costs some 70 µs a request, which is far less than one durable write.
"""

import asyncio
import os
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from gateway.settings import Settings, read_settings

APPLICATION = "gateway.app:app"
HEAD_BYTES = 32 * 1024
HEAD_SECONDS = 10.0

_CONNECTIONS = 1000
_BACKLOG = 2048
_KEEP_ALIVE_SECONDS = 15
_GRACE_SECONDS = 15


class PatientProtocol(H11Protocol):
    """h11 with an end to its patience: a connection whose first request has no complete head in time is closed.

    uvicorn bounds how long a connection may idle between requests, but not how long a head may take.
    """

    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Start the clock."""
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._close_if_no_request)

    def data_received(self, data: bytes) -> None:
        """Take bytes; start the clock again for the head of a further request."""
        super().data_received(data)
        waiting = self.cycle is None or self.cycle.response_complete
        if waiting and self._head_timer is None and not self.transport.is_closing():
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._close_if_no_request)
        elif not waiting:
            self._stop_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def _close_if_no_request(self) -> None:
        self._head_timer = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()

    def _stop_clock(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def server_config(application: Any, *, host: str, port: int) -> uvicorn.Config:
    """uvicorn's configuration for an application or its import name. Logging is ours, set up by the application."""
    return uvicorn.Config(
        application,
        host=host,
        port=port,
        http=PatientProtocol,
        ws="none",
        lifespan="on",
        h11_max_incomplete_event_size=HEAD_BYTES,
        limit_concurrency=_CONNECTIONS,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        proxy_headers=False,  # whose X-Forwarded-For is believed is our own setting
        server_header=False,
        date_header=False,
        access_log=False,  # addresses may hold secrets; the application writes its own line
        log_config=None,
    )


def run(settings: Settings | None = None) -> None:
    """Serve until told to stop. Raises ConfigInvalid for a wrong environment; exits 3 if start-up fails."""
    settings = settings or read_settings(os.environ)
    server = uvicorn.Server(server_config(APPLICATION, host=settings.host, port=settings.port))
    server.run()
    if not server.started:
        raise SystemExit(3)
