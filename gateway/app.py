"""The ASGI application: the only place that wires the receiver. `uvicorn gateway.app:app` serves it.

Importing this module reads nothing and connects to nothing; that happens when the server starts.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog
from fastapi import FastAPI

from gateway.call_queue import CallQueue, EnrichQueue
from gateway.cancelling import cancel
from gateway.failpoints import arm
from gateway.ids import RandomBytes
from gateway.ledger import Ledger
from gateway.ledger.connection import Connection
from gateway.logs import configure_logging
from gateway.model import record
from gateway.opening import prove_sandbox, wait_for_ledger
from gateway.parts import Clock, Receiver
from gateway.redis_address import blocking_redis
from gateway.rules.loading import RulebookKeeper
from gateway.rules.rulebook import Rulebook
from gateway.settings import Settings, read_settings
from gateway.startup import refuse_to_start
from gateway.waker import Waker
from gateway.web.admission import Admission
from gateway.web.decoy import decoy_source
from gateway.web.edge import frames_of
from gateway.web.front import Front
from gateway.web.importing import Importer
from gateway.web.lockout import Lockout
from gateway.web.metrics import Metrics
from gateway.web.proxies import TrustedProxies
from gateway.web.shared_guesses import SharedGuesses
from gateway.web.site import build_site
from gateway.web.timekeeping import watch_clock
from gateway.web.watching import watch_load

_REFRESH_SECONDS = 1.0
_QUEUE_SECONDS = 5.0
_CONTROL_CONNECTIONS = 16  # what /v1 and health have to themselves

log = structlog.stdlib.get_logger("dialgate.app")


@record
class Start:
    """What an application starts from."""

    settings: Settings
    environ: Mapping[str, str]
    shared: Path | None = None  # the folder of all processes behind this one's port, if it has siblings


def utc_now() -> datetime:
    """This machine's clock."""
    return datetime.now(UTC)


def start_from_environment() -> Start:
    """Settings from the environment, and JSON logs. Raises ConfigInvalid."""
    arm(os.environ)
    settings = read_settings(os.environ)
    configure_logging(settings.log_level)
    return Start(settings=settings, environ=os.environ)


def create_app(start: Callable[[], Start], *, now: Clock = utc_now, random: RandomBytes = os.urandom) -> FastAPI:
    """An application that asks `start` for its settings when it is started, and wires itself then."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Front]]:
        async with open_front(start(), now, random) as front:
            app.state.front = front
            upkeep = [asyncio.create_task(task(front)) for task in (_keep_rulebook_fresh, watch_load, watch_clock)]
            yield {"front": front}  # the connections' state: a full door refuses before a request is parsed
            for task in upkeep:
                await cancel(task)
            await front.importer.close()

    return build_site(lifespan)


@asynccontextmanager
async def open_front(start: Start, now: Clock, random: RandomBytes) -> AsyncIterator[Front]:
    """Everything behind the routes, checked and open. Raises ConfigInvalid for what must not start."""
    settings = start.settings
    keeper = RulebookKeeper(settings.config, start.environ, now=now)
    await _prove(settings, keeper.current)
    url, metrics = settings.redis_url.get_secret_value(), Metrics(start.shared)
    redis = blocking_redis(url, socket_timeout=_QUEUE_SECONDS, socket_connect_timeout=_QUEUE_SECONDS)
    opened = partial(Connection.open, url, replicas=settings.redis_replicas)
    connection, control = opened(), opened(pool_size=_CONTROL_CONNECTIONS)
    try:
        await wait_for_ledger(connection, refuse=settings.redis_durability == "refuse")
        with (
            Waker(CallQueue(redis), metrics.wakes_failed.inc) as waker,
            Waker(EnrichQueue(redis), metrics.wakes_failed.inc) as enriching,
        ):
            yield Front(
                settings=settings,
                receiver=Receiver(
                    ledger=Ledger.on(connection),
                    rulebook=lambda: keeper.current,
                    wake=waker.wake,
                    wake_later=waker.wake_later,
                    now=now,
                    random=random,
                    wake_enrichment=enriching.wake,
                ),
                ledger=Ledger.on(control),
                keeper=keeper,
                metrics=metrics,
                proxies=TrustedProxies(settings.trusted_proxies),
                decoy=decoy_source(random),
                shipped_allowed=settings.sandbox,
                admission=Admission(),
                lockout=Lockout(SharedGuesses(start.shared) if start.shared is not None else None),
                importer=Importer(Ledger.on(control), now),
            )
    finally:
        await connection.close()
        await control.close()
        redis.close()


async def _prove(settings: Settings, rulebook: Rulebook) -> None:
    refuse_to_start(settings, rulebook)
    await prove_sandbox(settings, rulebook)
    if settings.api_key is None:
        log.warning("no_api_key", detail="/v1 and /metrics answer 401 until DIALGATE_API_KEY is set")


async def _keep_rulebook_fresh(front: Front) -> None:
    known = None
    while True:
        try:
            if await asyncio.to_thread(front.keeper.refresh):
                # a warning, as what rings is another from here on: whoever edits sees it, also under `dialgate up`
                log.warning("rulebook.reloaded", version=front.keeper.current.version)
        except Exception as error:  # noqa: BLE001 - the task's edge: a failed look at the files must not end the looking
            log.warning("rulebook.refresh_failed", error=type(error).__name__, frames=frames_of(error))
        problem = front.keeper.problem
        if problem is not None and problem != known:
            log.error("rulebook.bad_file", problem=problem, detail="the rulebook in force stays")
        known = problem
        front.metrics.rulebook_stale.set(problem is not None)
        await asyncio.sleep(_REFRESH_SECONDS)


app = create_app(start_from_environment)
