"""The enriching loop: takes up thin events by lease, many at once, and stops without losing one."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import structlog
from redis.exceptions import RedisError

from gateway import pipeline
from gateway.call_queue import CallQueue
from gateway.errors import LedgerUnavailable
from gateway.ledger import Ledger
from gateway.ledger.connection import Connection
from gateway.ledger.records import EventRecord
from gateway.ledger.timekeeping import Timekeeper
from gateway.parts import Enricher
from gateway.redis_address import blocking_redis
from workers.clock import system_now
from workers.fetching import RecordFetcher
from workers.leased_loop import LeasedLoop
from workers.runtime import Environment, owner_name

log = structlog.get_logger("dialgate.enriching")

_CONCURRENCY = 16
_QUEUE_SECONDS = 5.0


class EnrichingLoop(LeasedLoop[EventRecord]):
    """Completes up to 16 events at once."""

    def __init__(self, enricher: Enricher) -> None:
        clock = Timekeeper(enricher.ledger.connection, enricher.now, "enrich")
        super().__init__(concurrency=_CONCURRENCY, clock=clock)
        self._enricher = enricher

    async def claim(self, limit: int) -> Sequence[EventRecord]:
        """Events that wait for their record."""
        enricher = self._enricher
        return await enricher.ledger.intake.claim_events(
            enricher.owner, limit=limit, now=enricher.now(), lease=enricher.lease
        )

    async def complete(self, item: EventRecord) -> None:
        """One event, to its decision. What goes wrong here leaves it to its lease: it is taken up again."""
        try:
            decision = await pipeline.enrich(self._enricher, item)
        except LedgerUnavailable as error:
            log.warning("event.left", ev=item.id, error=str(error))
        except Exception:
            log.exception("event.crashed", ev=item.id)
        else:
            state = "later" if decision is None else decision.state.value
            log.info("event.completed", ev=item.id, state=state, tries=item.tries)


@asynccontextmanager
async def enricher_for(environment: Environment) -> AsyncIterator[Enricher]:
    """The enriching half on its own connections, closed in the end."""
    settings = environment.settings
    url = settings.redis_url.get_secret_value()
    connection = Connection.open(url, replicas=settings.redis_replicas)
    redis = blocking_redis(url, socket_timeout=_QUEUE_SECONDS, socket_connect_timeout=_QUEUE_SECONDS)
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
