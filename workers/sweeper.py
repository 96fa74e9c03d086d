"""The sweeper process: re-drives what crashes left behind, wakes for what is due, probes, and audits."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Mapping

import structlog
from redis.exceptions import RedisError

from gateway.bulk_replaying import carry_out
from gateway.call_queue import CallQueue, EnrichQueue, NotifyQueue
from gateway.errors import LedgerUnavailable
from gateway.garbage import spare_what_stays
from gateway.ledger.records import Swept
from gateway.ledger.timekeeping import Timekeeper
from gateway.logs import configure_logging
from gateway.model import record
from gateway.parts import Ringer
from gateway.redis_address import blocking_redis
from workers.accounts import probe_stopped_accounts
from workers.alerts import end_settled, note_audit, note_scrubs, tell_alerts
from workers.health import beat
from workers.rollback_watch import RollbackWatch
from workers.runtime import Environment, read_environment, reload, ringer_for, wait_for_durable_redis

log = structlog.get_logger("dialgate.sweeper")

_REDIS_SECONDS = 5.0
_LAST_MOVE_SECONDS = 2.0


@record
class Rhythm:
    """How often the sweeper does what, in seconds; how much it wakes for while so few wake-ups wait."""

    sweep: float = 0.5
    accounts: float = 1.0
    reload: float = 1.0
    alerts: float = 5.0
    replays: float = 0.5
    audit: float = 300.0
    audit_rest: float = 19.0  # times as long as it took: recounting years of calls may have a twentieth of Redis
    retry_longest: float = 5.0
    wake_at_most: int = 200
    short_queue: int = 50


def pause_after(took: float, *, least: float, rest: float) -> float:
    """Seconds until a chore's next turn: `least`, or `rest` times as long as it took, whichever is longer."""
    return max(least, rest * took)


class Sweeper:
    """One sweeper. Any number may run: every move is the ledger's, safe to make twice."""

    def __init__(
        self,
        ringer: Ringer,
        queue: CallQueue,
        *,
        enriching: EnrichQueue | None = None,
        notifying: NotifyQueue | None = None,
        rhythm: Rhythm | None = None,
    ) -> None:
        self._ringer = ringer
        self._queue = queue
        self._enriching = enriching
        self._notifying = notifying
        self._rhythm = rhythm or Rhythm()
        self._clock = Timekeeper(ringer.ledger.connection, ringer.now, "sweep")
        self._rollback = RollbackWatch()

    async def round(self) -> Swept | None:
        """Sweep once and wake for what is due. None: our clock is wrong, nothing was touched."""
        if not await self._clock_is_right():
            return None
        await self._rollback.look(self._ringer.ledger.rollback, now=self._ringer.now())
        swept = await self._ringer.ledger.sweeps.sweep(now=self._ringer.now(), limit=self._rhythm.wake_at_most)
        _tell(swept)
        if swept.due:
            await asyncio.to_thread(self._wake, self._queue, swept.due)
        if swept.events_due and self._enriching is not None:
            await asyncio.to_thread(self._wake, self._enriching, swept.events_due)
        await self._sweep_notices()
        return swept

    async def audit(self) -> bool:
        """Recount everything; True when every promise holds. Each broken one is logged."""
        audit = await self._ringer.ledger.audit.recount(now=self._ringer.now())
        for broken in audit.broken:
            log.error("audit.broken", invariant=broken.name, ids=broken.ids[:20], detail=broken.detail, do=broken.do)
        await note_audit(self._ringer.ledger.alerts, audit, now=self._ringer.now())
        log.info("audit.done", calls=dict(audit.calls), events=dict(audit.events), broken=len(audit.broken))
        return not audit.broken

    async def probe(self) -> None:
        """Ask the stopped accounts whose time has come; with a wrong clock, none."""
        if await self._clock_is_right():
            await probe_stopped_accounts(self._ringer)

    async def tell(self) -> None:
        """Log each new alert once, whichever process raised it, and end those whose held calls are decided."""
        ledger, now = self._ringer.ledger, self._ringer.now()
        await note_scrubs(ledger, self._ringer.rulebook().config.do_not_call.lists, now=now)
        await tell_alerts(ledger.alerts)
        await end_settled(ledger, now=now)

    async def replay(self) -> None:
        """Make the steps of replays in bulk that are due by their pace; with a wrong clock, none."""
        ringer = self._ringer
        if await self._clock_is_right():
            while await carry_out(ringer.ledger, ringer.rulebook(), now=ringer.now()) is not None:
                pass

    async def _sweep_notices(self) -> None:
        swept = await self._ringer.ledger.notices.sweep(now=self._ringer.now(), limit=self._rhythm.wake_at_most)
        if swept.given_up:
            log.error("swept.notices_given_up", notices=swept.given_up)
        if swept.due and self._notifying is not None:
            await asyncio.to_thread(self._wake, self._notifying, swept.due)

    def _wake(self, queue: CallQueue | EnrichQueue | NotifyQueue, due: tuple[str, ...]) -> None:
        # A long queue means that workers are busy, not that they were not told: more wake-ups only pile up.
        if queue.depth() < self._rhythm.short_queue:
            queue.wake(due)

    async def _clock_is_right(self) -> bool:
        return await self._clock.right()


def _tell(swept: Swept) -> None:
    moved = {
        "leases_lost": swept.leases_lost,
        "unknown": swept.unknown,
        "expired": swept.expired,
    }
    for what, ids in moved.items():
        if ids:
            level = log.error if what == "unknown" else log.info
            level(f"swept.{what}", calls=ids)


class SweepProcess:
    """`dialgate sweep`: every chore in its own rhythm, until it is told to stop."""

    def __init__(self, environment: Environment, *, rhythm: Rhythm | None = None) -> None:
        self._environment = environment
        self._rhythm = rhythm or Rhythm()
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Returns when stopped; outages of Redis are waited out. Raises ConfigInvalid for an unfit Redis."""
        url = self._environment.settings.redis_url.get_secret_value()
        await self._until_stopped(wait_for_durable_redis(self._environment.settings))
        redis = blocking_redis(url, socket_timeout=_REDIS_SECONDS, socket_connect_timeout=_REDIS_SECONDS)
        try:
            async with ringer_for(self._environment) as ringer:
                sweeper = Sweeper(
                    ringer,
                    CallQueue(redis),
                    enriching=EnrichQueue(redis),
                    notifying=NotifyQueue(redis),
                    rhythm=self._rhythm,
                )
                spare_what_stays()
                log.info("sweeper.ready")
                await self._until_stopped(self._chores(sweeper))
        finally:
            redis.close()
        log.info("sweeper.stopped")

    def stop(self) -> None:
        """End what `run` does, now: every move of the sweeper is one atomic write, made or not made."""
        self._stop.set()

    async def _chores(self, sweeper: Sweeper) -> None:
        rhythm = self._rhythm
        async with asyncio.TaskGroup() as chores:
            chores.create_task(self._every(rhythm.sweep, sweeper.round))
            chores.create_task(self._every(rhythm.accounts, sweeper.probe))
            chores.create_task(self._every(rhythm.audit, sweeper.audit, rest=rhythm.audit_rest))
            chores.create_task(self._every(rhythm.reload, self._reload))
            chores.create_task(self._every(rhythm.alerts, sweeper.tell))
            chores.create_task(self._every(rhythm.replays, sweeper.replay))

    async def _every(self, seconds: float, chore: Callable[[], Awaitable[object]], *, rest: float = 0) -> None:
        loop, wait = asyncio.get_running_loop(), seconds
        while not self._stop.is_set():
            try:
                started = loop.time()
                await chore()
                wait = pause_after(loop.time() - started, least=seconds, rest=rest)
            except (LedgerUnavailable, RedisError) as error:
                log.warning("sweeper.redis_away", chore=chore.__name__, error=str(error))
                wait = min(wait * 2, max(seconds, self._rhythm.retry_longest))
            except Exception:
                log.exception("sweeper.chore_failed", chore=chore.__name__)
                wait = min(wait * 2, max(seconds, self._rhythm.retry_longest))
            await self._stopped_within(wait)

    async def _stopped_within(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()

    async def _reload(self) -> None:
        beat(self._environment.settings, "sweep")
        await asyncio.to_thread(reload, self._environment)

    async def _until_stopped(self, work: Coroutine[object, object, None]) -> None:
        running, stopped = asyncio.create_task(work), asyncio.create_task(self._stop.wait())
        await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not running.done():  # chores end by themselves; what waits for Redis is broken off
            await asyncio.wait({running}, timeout=_LAST_MOVE_SECONDS)
            running.cancel()
            await asyncio.wait({running}, timeout=_LAST_MOVE_SECONDS)
        elif error := running.exception():
            raise error


def sweep(environ: Mapping[str, str]) -> None:
    """Run a sweeper until SIGTERM or SIGINT. Raises ConfigInvalid when it must not start."""
    environment = read_environment(environ)
    configure_logging(environment.settings.log_level)
    log.info("sweeper.starting", pid=os.getpid())
    asyncio.run(_run_process(environment))


async def _run_process(environment: Environment) -> None:
    process = SweepProcess(environment)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, process.stop)
    await process.run()
