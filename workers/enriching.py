"""The enriching loop: takes up thin events by lease, many at once, and stops without losing one."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog
from redis import Redis
from redis.exceptions import RedisError

from gateway import pipeline
from gateway.call_queue import CallQueue
from gateway.errors import LedgerUnavailable
from gateway.ledger import Ledger
from gateway.ledger.connection import Connection
from gateway.ledger.records import EventRecord
from gateway.parts import Enricher
from workers.clock import system_now
from workers.fetching import RecordFetcher
from workers.runtime import Environment, owner_name

log = structlog.get_logger("dialgate.enriching")

_CONCURRENCY = 16
_POLL_SECONDS = 5.0
_RETRY_SECONDS = 1.0
_QUEUE_SECONDS = 5.0


class EnrichingLoop:
    """Completes up to 16 events at once. `run` until `stop`; `take` and `stop` may come from any thread."""

    def __init__(self, enricher: Enricher) -> None:
        self._enricher = enricher
        self._under_way: set[asyncio.Task[None]] = set()
        self._bell = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        self._blocked = ""

    def take(self, patience: float) -> bool:
        """A wake-up: look for due events. Never waits: `patience` is for loops that may be full for long."""
        del patience
        self._ring_bell()
        return True

    def stop(self) -> None:
        """Take up nothing more; `run` returns when what is under way has ended."""
        self._stopping = True
        self._ring_bell()

    def block(self, why: str) -> None:
        """Take up nothing while `why` is not empty."""
        self._blocked = why

    async def run(self, *, grace: float = 40.0) -> None:
        """Complete events until `stop`; what is not done after `grace` seconds is left to its lease."""
        self._loop = asyncio.get_running_loop()
        try:
            while not self._stopping:
                await self._round()
        finally:
            await self._drain(grace)
            self._loop = None

    async def run_once(self, *, limit: int) -> int:
        """Take up to `limit` events that are due once, and wait for their ends; how many there were."""
        taken = await self._claim(min(limit, _CONCURRENCY))
        if self._under_way:
            await asyncio.wait(self._under_way)
        return taken

    async def _round(self) -> None:
        self._bell.clear()
        free, wait = _CONCURRENCY - len(self._under_way), _POLL_SECONDS
        try:
            if free > 0 and not self._blocked and await self._claim(free) == free:
                return
        except LedgerUnavailable as error:
            log.warning("ledger.unavailable", error=str(error))
            wait = _RETRY_SECONDS
        except Exception:
            log.exception("enriching.round_failed")
            wait = _RETRY_SECONDS
        if not self._stopping:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._bell.wait()

    async def _claim(self, limit: int) -> int:
        enricher = self._enricher
        events = await enricher.ledger.intake.claim_events(
            enricher.owner, limit=limit, now=enricher.now(), lease=enricher.lease
        )
        for event in events:
            task = asyncio.create_task(self._complete(event), name=f"complete {event.id}")
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        return len(events)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if len(self._under_way) == _CONCURRENCY - 1:
            self._bell.set()

    async def _complete(self, event: EventRecord) -> None:
        """One event, to its decision. What goes wrong here leaves it to its lease: it is taken up again."""
        try:
            decision = await pipeline.enrich(self._enricher, event)
        except LedgerUnavailable as error:
            log.warning("event.left", ev=event.id, error=str(error))
        except Exception:
            log.exception("event.crashed", ev=event.id)
        else:
            state = "later" if decision is None else decision.state.value
            log.info("event.completed", ev=event.id, state=state, tries=event.tries)

    async def _drain(self, grace: float) -> None:
        if not self._under_way:
            return
        _, left = await asyncio.wait(self._under_way, timeout=grace)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)

    def _ring_bell(self) -> None:
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just closed: there is nobody to wake
                loop.call_soon_threadsafe(self._bell.set)


@asynccontextmanager
async def enricher_for(environment: Environment) -> AsyncIterator[Enricher]:
    """The enriching half on its own connections, closed in the end."""
    settings = environment.settings
    url = settings.redis_url.get_secret_value()
    connection = Connection.open(url)
    redis = Redis.from_url(url, socket_timeout=_QUEUE_SECONDS, socket_connect_timeout=_QUEUE_SECONDS)
    queue = CallQueue(redis)

    def wake(call_ids: Sequence[str]) -> None:
        try:
            queue.wake(call_ids)
        except (RedisError, OSError) as error:  # a hint: the sweeper wakes for what is due
            log.warning("wake_failed", calls=len(call_ids), error=type(error).__name__)

    try:
        yield Enricher(
            ledger=Ledger.on(connection),
            rulebook=lambda: environment.keeper.current,
            fetcher=RecordFetcher(allow_private=settings.enrich_private, now=system_now),
            wake=wake,
            now=system_now,
            jitter=random.random,
            owner=owner_name(),
        )
    finally:
        await connection.close()
        redis.close()
