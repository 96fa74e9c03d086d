"""How uvicorn serves the application: the parser, the bounds, and what it must not say."""

import os
from typing import Any

import uvicorn

from gateway.garbage import spare_what_stays
from gateway.open_files import allow_open_files
from gateway.settings import Settings, read_settings
from gateway.web.accepting import PromptServer
from gateway.web.crowd import Crowd
from gateway.web.patience import protocol_in
from gateway.web.proxies import TrustedProxies

APPLICATION = "gateway.app:app"
CONNECTIONS = 1000
CONNECTIONS_EACH = 250
KEEP_ALIVE_SECONDS = 15

_FILES = 2 * CONNECTIONS  # connections, those to Redis, and room
_BACKLOG = 2048
_GRACE_SECONDS = 15


def server_config(application: Any, *, host: str, port: int, trusted_proxies: str = "") -> uvicorn.Config:
    """uvicorn's configuration for an application or its import name. Logging is ours, set up by the application.

    Raises ConfigInvalid for a trusted proxy that is no address. A trusted proxy may hold all connections there are.
    """
    proxies = TrustedProxies(trusted_proxies)
    crowd = Crowd(most=CONNECTIONS, most_each=CONNECTIONS_EACH, exempt=proxies.trusts)
    return uvicorn.Config(
        application,
        host=host,
        port=port,
        http=protocol_in(crowd),
        ws="none",
        lifespan="on",
        backlog=_BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
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
    config = server_config(
        APPLICATION, host=settings.host, port=settings.port, trusted_proxies=settings.trusted_proxies
    )
    server = PromptServer(config)
    prepare(config)
    server.run()
    if not server.started:
        raise SystemExit(3)


def prepare(config: uvicorn.Config) -> None:
    """Make this process ready to serve with a configuration: what it does once, before any connection."""
    config.load()
    spare_what_stays()
    allow_open_files(_FILES)
