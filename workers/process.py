"""The worker process: RQ in the main thread, where signals arrive; the loop that does the work in a second one."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import structlog
import uvloop

from gateway.call_queue import DIAL_QUEUE, ENRICH_QUEUE, NOTIFY_QUEUE
from gateway.cancelling import cancel
from gateway.garbage import spare_what_stays
from gateway.logs import configure_logging
from gateway.model import record
from workers.capacity import calls_at_once
from workers.dialing import DialingLoop
from workers.enriching import EnrichingLoop, enricher_for
from workers.handover import ENRICHING, HANDOVER, NOTIFYING, Handover
from workers.health import beat
from workers.journal.disk import own_journal
from workers.journal.tending import tended
from workers.notifying import NotifyingLoop, notifier_for
from workers.nudges import CHANNEL, listening
from workers.rq_worker import StopSwitch, WakeWorker, run_worker
from workers.runtime import (
    Environment,
    owner_name,
    read_environment,
    reload,
    ringer_for,
    wait_for_durable_redis,
    wait_for_sandbox,
)

log = structlog.get_logger("dialgate.worker")

_RELOAD_SECONDS = 1.0
_RESTART_SECONDS = 1.0
_GRACE_SECONDS = 40.0  # longer than a request to the call API may take
_JOIN_SECONDS = _GRACE_SECONDS + 10.0


class Loop(Protocol):
    """What works through what is due: DialingLoop, or a LeasedLoop."""

    def take(self, patience: float) -> bool:
        """A wake-up: look for what is due."""
        ...

    def stop(self) -> None:
        """Take up nothing more."""
        ...

    def block(self, why: str) -> None:
        """Take up nothing while `why` is not empty."""
        ...

    async def run(self, *, grace: float) -> None:
        """Until `stop`, and then until what is under way has ended."""
        ...


@record
class Duty:
    """What one worker process does: one queue, one loop."""

    name: str  # as the health check asks for it
    queue: str
    handover: Handover
    open: Callable[[Environment], AbstractAsyncContextManager[Loop]]


@asynccontextmanager
async def _dialing(environment: Environment) -> AsyncIterator[Loop]:
    settings = environment.settings
    with own_journal(settings) as journal:
        async with ringer_for(environment, journal) as ringer, tended(ringer.ledger, journal, now=ringer.now):
            loop = DialingLoop(ringer, owner=owner_name(), concurrency=calls_at_once(settings.worker_concurrency))
            channel = ringer.ledger.connection.key(CHANNEL)
            async with listening(settings.redis_url.get_secret_value(), channel, loop.nudge):
                yield loop


@asynccontextmanager
async def _enriching(environment: Environment) -> AsyncIterator[Loop]:
    async with enricher_for(environment) as enricher:
        yield EnrichingLoop(enricher)


@asynccontextmanager
async def _notifying(environment: Environment) -> AsyncIterator[Loop]:
    async with notifier_for(environment) as notifier:
        yield NotifyingLoop(notifier)


DIALING = Duty(name="work", queue=DIAL_QUEUE, handover=HANDOVER, open=_dialing)
FETCHING = Duty(name="enrich", queue=ENRICH_QUEUE, handover=ENRICHING, open=_enriching)
TELLING = Duty(name="notify", queue=NOTIFY_QUEUE, handover=NOTIFYING, open=_notifying)


class WorkProcess:
    """`dialgate work`: takes wake-ups of one queue and works, until it is told to stop."""

    def __init__(self, environment: Environment, duty: Duty = DIALING) -> None:
        self._environment = environment
        self._duty = duty
        self._switch = StopSwitch(on_stop=self._stop)
        self._worker: WakeWorker | None = None
        self._loop: Loop | None = None
        self._thread = threading.Thread(target=self._work_until_stopped, name="dialing", daemon=True)

    def run(self) -> None:
        """Returns when everything under way has ended. Call it in the main thread."""
        self._switch.install()
        self._duty.handover.reserve()
        self._thread.start()
        url = self._environment.settings.redis_url.get_secret_value()
        run_worker(url, self._switch, self._in_charge, queue=self._duty.queue, handover=self._duty.handover)
        self._thread.join(_JOIN_SECONDS)
        log.info("worker.stopped", drained=not self._thread.is_alive())

    def _in_charge(self, worker: WakeWorker | None) -> None:
        self._worker = worker

    def _stop(self) -> None:
        if self._loop is not None:
            self._loop.stop()
        if self._worker is not None:
            self._worker.interrupt()

    def _work_until_stopped(self) -> None:
        while not self._switch.asked:
            try:
                with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                    runner.run(self._work())
            except Exception:
                log.exception("dialing.crashed", restart_in=_RESTART_SECONDS)
                threading.Event().wait(_RESTART_SECONDS)
            finally:
                self._duty.handover.detach()
                self._loop = None

    async def _work(self) -> None:
        async with self._duty.open(self._environment) as loop:
            self._loop = loop
            if self._switch.asked:
                return
            self._duty.handover.attach(loop.take)
            watching = asyncio.create_task(self._watch(loop))
            spare_what_stays()
            log.info("worker.ready", rulebook=self._environment.keeper.current.version)
            try:
                await loop.run(grace=_GRACE_SECONDS)
            finally:
                await cancel(watching)

    async def _watch(self, loop: Loop) -> None:
        blocked = ""
        while True:
            await asyncio.sleep(_RELOAD_SECONDS)
            beat(self._environment.settings, self._duty.name)
            try:
                why = await asyncio.to_thread(reload, self._environment)
            except OSError as error:
                log.warning("rulebook.not_readable", error=str(error))
                continue
            if why and why != blocked:
                log.error("dialing.blocked", why=why)
            blocked = why
            loop.block(why)


def work(environ: Mapping[str, str]) -> None:
    """Ring until SIGTERM or SIGINT. Raises ConfigInvalid when it must not start."""
    with own_journal(read_environment(environ).settings):
        pass  # a disk that cannot be used is said at once
    _run(environ, DIALING)


def enrich(environ: Mapping[str, str]) -> None:
    """Fetch the records of thin events until SIGTERM or SIGINT. Raises ConfigInvalid when it must not start."""
    _run(environ, FETCHING)


def notify(environ: Mapping[str, str]) -> None:
    """Tell endpoints what became of calls until SIGTERM or SIGINT. Raises ConfigInvalid when it must not start."""
    _run(environ, TELLING)


def _run(environ: Mapping[str, str], duty: Duty) -> None:
    environment = read_environment(environ)
    configure_logging(environment.settings.log_level)
    log.info("worker.starting", pid=os.getpid(), sandbox=environment.settings.sandbox)
    asyncio.run(_wait_for_the_others(environment))
    WorkProcess(environment, duty).run()


async def _wait_for_the_others(environment: Environment) -> None:
    await wait_for_durable_redis(environment.settings)
    await wait_for_sandbox(environment.settings)
