"""The worker process: RQ in the main thread, where signals arrive; the dialling loop in a second one."""

import asyncio
import os
import threading
from collections.abc import Mapping

import structlog

from gateway.logs import configure_logging
from workers.dialing import DialingLoop
from workers.handover import HANDOVER
from workers.health import beat
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


class WorkProcess:
    """`dialgate work`: takes wake-ups and rings, until it is told to stop."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._switch = StopSwitch(on_stop=self._stop)
        self._worker: WakeWorker | None = None
        self._dialing: DialingLoop | None = None
        self._thread = threading.Thread(target=self._dial_until_stopped, name="dialing", daemon=True)

    def run(self) -> None:
        """Returns when everything under way has ended. Call it in the main thread."""
        self._switch.install()
        self._thread.start()
        run_worker(self._environment.settings.redis_url.get_secret_value(), self._switch, self._in_charge)
        self._thread.join(_JOIN_SECONDS)
        log.info("worker.stopped", drained=not self._thread.is_alive())

    def _in_charge(self, worker: WakeWorker | None) -> None:
        self._worker = worker

    def _stop(self) -> None:
        if self._dialing is not None:
            self._dialing.stop()
        if self._worker is not None:
            self._worker.interrupt()

    def _dial_until_stopped(self) -> None:
        while not self._switch.asked:
            try:
                asyncio.run(self._dial())
            except Exception:
                log.exception("dialing.crashed", restart_in=_RESTART_SECONDS)
                threading.Event().wait(_RESTART_SECONDS)
            finally:
                HANDOVER.detach()
                self._dialing = None

    async def _dial(self) -> None:
        async with ringer_for(self._environment) as ringer:
            settings = self._environment.settings
            loop = DialingLoop(ringer, owner=owner_name(), concurrency=settings.worker_concurrency)
            self._dialing = loop
            if self._switch.asked:
                return
            HANDOVER.attach(loop.take)
            watching = asyncio.create_task(self._watch(loop))
            log.info("worker.ready", rulebook=self._environment.keeper.current.version)
            try:
                await loop.run(grace=_GRACE_SECONDS)
            finally:
                watching.cancel()

    async def _watch(self, loop: DialingLoop) -> None:
        blocked = ""
        while True:
            await asyncio.sleep(_RELOAD_SECONDS)
            beat(self._environment.settings, "work")
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
    """Run a worker until SIGTERM or SIGINT. Raises ConfigInvalid when it must not start."""
    environment = read_environment(environ)
    configure_logging(environment.settings.log_level)
    log.info("worker.starting", pid=os.getpid(), sandbox=environment.settings.sandbox)
    asyncio.run(_wait_for_the_others(environment))
    WorkProcess(environment).run()


async def _wait_for_the_others(environment: Environment) -> None:
    await wait_for_durable_redis(environment.settings)
    await wait_for_sandbox(environment.settings)
