"""RQ's worker as we run it: one queue, no fork, no remote commands, and no end while Redis is away."""

import math
import os
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

import structlog
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue, SimpleWorker, worker_registration
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus

from gateway.call_queue import DIAL_QUEUE, DialgateJob
from gateway.failpoints import reach
from gateway.redis_address import blocking_redis
from workers.handover import HANDOVER, PATIENCE_SECONDS, Handover

if TYPE_CHECKING:
    from redis.client import Pipeline

log = structlog.get_logger("dialgate.rq")

_WORKER_TTL_SECONDS = 30  # how long RQ blocks in one read, plus 15: short, so that a lost connection is noticed
_SECOND_SIGNAL_SECONDS = 1.0  # a terminal and a supervisor may both say "stop" for one Ctrl-C
_LONGEST_WAIT = 5.0
_BEAT_SECONDS = 5.0  # far less than the 90 s after which RQ takes a worker for dead
_HEARD_AT_ONCE = 8  # more would be another worker's, should this one have little room


class StopSwitch:
    """SIGTERM and SIGINT, in the main thread: the first asks to stop, a later one ends the process at once."""

    def __init__(self, *, on_stop: Callable[[], None], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._on_stop = on_stop
        self._monotonic = monotonic
        self._asked_at: float | None = None

    @property
    def asked(self) -> bool:
        """Whether a stop was asked for."""
        return self._asked_at is not None

    def install(self) -> None:
        """Listen to both signals."""
        signal.signal(signal.SIGTERM, self.handle)
        signal.signal(signal.SIGINT, self.handle)

    def handle(self, number: int, frame: FrameType | None) -> None:
        """One signal."""
        del frame
        now = self._monotonic()
        if self._asked_at is None:
            self._asked_at = now
            log.info("stop.asked", signal=signal.Signals(number).name)
            self._on_stop()
        elif now - self._asked_at > _SECOND_SIGNAL_SECONDS:
            log.error("stop.at_once", detail="rings under way become UNKNOWN at their deadline")
            os._exit(1)


class WakeWorker(SimpleWorker):
    """Runs wake-ups in this thread. Stopped by its StopSwitch, which outlives RQ's own handling of signals."""

    max_connection_wait_time = _LONGEST_WAIT
    log_result_lifespan = False
    switch: StopSwitch
    handover: Handover
    _beat_at = -math.inf

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Ring the bell of this process's loop: that is all a wake-up does, and RQ's bookkeeping of a job costs more
        than the call. Those right behind it say the same, and go with it. Anything else is run as RQ runs it."""
        if job.func_name not in DialgateJob.allowed:
            super().execute_job(job, queue)
            return
        reach("job", "begun")
        if self.handover.give(patience=PATIENCE_SECONDS):
            if _forget(job, queue):  # what they wake for may have come in after the loop looked
                self.handover.give(patience=0)
        else:
            super().execute_job(job, queue)

    def subscribe(self) -> None:
        """Listen to no remote commands: who can write to Redis need not be able to stop a worker."""

    def _install_signal_handlers(self) -> None:
        self.switch.install()

    def heartbeat(self, timeout: int | None = None, pipeline: "Pipeline | None" = None) -> None:
        """RQ's, every five seconds at most, in one write. Raises StopRequested where a stop was asked for.

        RQ beats four times a wake-up, by three commands each, and with fsync always Redis does nothing else meanwhile:
        calls that were about to ring waited for it. A signal's exception can get lost in whatever ran just then, and
        with Redis away RQ waits for it for ever: so a stop is looked for at every beat.
        """
        if self._stop_requested and self.get_state() != WorkerStatus.BUSY:
            raise StopRequested
        if timeout is None and time.monotonic() - self._beat_at < _BEAT_SECONDS:
            return
        if pipeline is not None:
            super().heartbeat(timeout, pipeline)
            return
        with self.connection.pipeline(transaction=False) as pipe:
            super().heartbeat(timeout, pipe)
            if pipe.execute()[0] and self.birth_date is not None:
                self._register_again(pipe)
        self._beat_at = time.monotonic()

    def _register_again(self, pipe: "Pipeline") -> None:
        """The beat made the key anew: Redis had lost it, or RQ let it run out while this worker was suspended."""
        pipe.hset(self.key, mapping={**self.serialize(), "state": self.get_state()})
        worker_registration.register(self, pipe)
        pipe.execute()

    def set_state(self, state: str, pipeline: "Pipeline | None" = None) -> None:
        """RQ's, which it writes also where nothing changed."""
        if state != self.get_state():
            super().set_state(state, pipeline)

    def interrupt(self) -> None:
        """Stop waiting for wake-ups; call it from the signal handler, in the main thread.

        Raises StopRequested out of whatever RQ is waiting in; a job that runs is left to end.
        """
        self._stop_requested = True
        if self.get_state() != WorkerStatus.BUSY:
            raise StopRequested


def _forget(job: Job, queue: Queue) -> bool:
    """Take a wake-up that was heard, and some that wait behind it, off its queue for good; whether there were such."""
    redis = queue.connection
    with redis.pipeline(transaction=False) as pipe:
        pipe.lrem(queue.intermediate_queue_key, 1, job.id)
        pipe.delete(job.key)
        pipe.lpop(queue.key, _HEARD_AT_ONCE)
        _, _, others = pipe.execute()
    if others:
        redis.delete(*(Job.key_for(other.decode()) for other in others))
    return bool(others)


def run_worker(
    url: str,
    switch: StopSwitch,
    current: Callable[[WakeWorker | None], None],
    *,
    queue: str = DIAL_QUEUE,
    handover: Handover = HANDOVER,
) -> None:
    """Take wake-ups from one queue until the switch is thrown, through any number of Redis outages.

    `current` is told of the worker in charge, and of none between two.
    """
    wait = 0.1
    while not switch.asked:
        started = time.monotonic()
        try:
            _work_until_trouble(url, switch, current, queue, handover)
        except StopRequested:
            return
        except RedisError as error:
            log.warning("queue.away", error=type(error).__name__)
        finally:
            current(None)
        wait = 0.1 if time.monotonic() - started > _LONGEST_WAIT else min(wait * 2, _LONGEST_WAIT)
        _pause(wait, switch)


def _work_until_trouble(
    url: str, switch: StopSwitch, current: Callable[[WakeWorker | None], None], queue: str, handover: Handover
) -> None:
    redis = blocking_redis(url, retry=Retry(NoBackoff(), 0), health_check_interval=10)
    try:
        worker = WakeWorker(
            [queue],
            connection=redis,
            job_class=DialgateJob,
            serializer=JSONSerializer,
            worker_ttl=_WORKER_TTL_SECONDS,
            log_job_description=False,
        )
        worker.switch = switch
        worker.handover = handover
        current(worker)
        if switch.asked:  # while this one was made, with none yet to interrupt
            return
        worker.work(logging_level="WARNING")
    finally:
        redis.close()


def _pause(seconds: float, switch: StopSwitch) -> None:
    deadline = time.monotonic() + seconds
    while not switch.asked and time.monotonic() < deadline:
        time.sleep(0.05)
