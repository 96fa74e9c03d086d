"""RQ's part in a worker process: wake-ups that were heard are gone."""

import contextlib
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from redis import Redis
from rq.exceptions import StopRequested
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus

from gateway.call_queue import DIAL_QUEUE, CallQueue, DialgateJob
from workers.handover import Handover
from workers.rq_worker import StopSwitch, WakeWorker, run_worker


def worker_on(redis: "Redis", handover: Handover) -> WakeWorker:
    """A worker of the dial queue, not running."""
    worker = WakeWorker([DIAL_QUEUE], connection=redis, job_class=DialgateJob, serializer=JSONSerializer)
    worker.handover = handover
    return worker


def taken(redis: "Redis") -> tuple[Job, Queue]:
    """The next wake-up, as RQ takes it."""
    queue = Queue(DIAL_QUEUE, connection=redis, job_class=DialgateJob, serializer=JSONSerializer)
    found = Queue.dequeue_any([queue], None, redis, job_class=DialgateJob, serializer=JSONSerializer)
    assert found is not None
    return found


@pytest.mark.parametrize(("wakes", "rung", "left"), [(1, 1, 0), (5, 2, 0), (12, 2, 3)])
def test_a_wake_up_that_was_heard_is_gone(valkey_url: str, wakes: int, rung: int, left: int) -> None:
    """It rings the bell; it and some behind it leave nothing in Redis. For these the bell rings once more, after they
    were taken: what they wake for may have come in after the first."""
    heard: list[float] = []
    handover = Handover()
    handover.attach(lambda patience: bool(heard.append(patience)))
    with Redis.from_url(valkey_url) as redis:
        for number in range(wakes):
            CallQueue(redis).wake([f"call_{number}"])
        worker_on(redis, handover).execute_job(*taken(redis))
        waiting = CallQueue(redis).depth()
        kept: Sequence[bytes] = redis.keys("rq:job:*")
        assert (len(heard), waiting, len(kept)) == (rung, left, left)
        assert redis.llen(f"rq:queue:{DIAL_QUEUE}:intermediate") == 0


def test_a_stop_that_comes_before_the_worker_is_heard(valkey_url: str) -> None:
    """A signal while RQ's worker is being made finds none to interrupt: it does not begin to wait for wake-ups."""
    switch = StopSwitch(on_stop=lambda: None)
    begun: list[WakeWorker | None] = []

    def current(worker: WakeWorker | None) -> None:
        begun.append(worker)
        switch.handle(signal.SIGTERM, None)

    with returns_soon():
        run_worker(valkey_url, switch, current, handover=Handover())
    assert [worker is None for worker in begun] == [False, True]


@contextmanager
def returns_soon() -> Iterator[None]:
    """What waits longer is ended, as by a later signal, and fails."""
    late: list[int] = []

    def too_late(number: int, frame: object) -> None:
        late.append(number)
        raise StopRequested

    before = {one: signal.getsignal(one) for one in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGALRM, too_late)
    signal.alarm(5)
    try:
        yield
    finally:
        signal.alarm(0)
        for one, handler in before.items():
            signal.signal(one, handler)
    assert not late


def test_a_stop_whose_exception_got_lost_is_heard_before_the_next_wait(valkey_url: str) -> None:
    """RQ beats its heart before it waits, and with Redis away it would wait for ever."""
    with Redis.from_url(valkey_url) as redis:
        worker = worker_on(redis, Handover())
        worker.heartbeat()
        with contextlib.suppress(StopRequested):
            worker.interrupt()
        with pytest.raises(StopRequested):
            worker.heartbeat()


def test_a_worker_that_redis_forgot_is_known_again(valkey_url: str) -> None:
    """RQ forgets one that was suspended for long: at its next beat it stands there whole, and not a nameless key."""
    with Redis.from_url(valkey_url) as redis:
        worker = worker_on(redis, Handover())
        worker.register_birth()
        worker.set_state(WorkerStatus.IDLE)
        redis.delete(worker.key)
        assert WakeWorker.all(queue=worker.queues[0]) == []  # and with that RQ takes it off its lists
        worker.heartbeat()
        (known,) = WakeWorker.all(queue=worker.queues[0])
        assert (known.name, known.pid, known.get_state()) == (worker.name, worker.pid, WorkerStatus.IDLE)
        assert redis.ttl(worker.key) > 0
        worker.register_death()


def test_a_wake_up_is_not_a_dozen_writes(valkey_url: str) -> None:
    """RQ's beats and states are written where they tell something new: each write holds up calls that would ring."""
    with Redis.from_url(valkey_url) as redis:
        worker = worker_on(redis, Handover())
        worker.heartbeat()
        worker.set_state(WorkerStatus.IDLE)
        assert redis.hget(worker.key, "state") == b"idle"
        redis.delete(worker.key)
        worker.heartbeat()
        worker.set_state(WorkerStatus.IDLE)
        assert not redis.exists(worker.key)
        worker.heartbeat(1000)  # what a job of RQ's own asks for is not put off
        assert redis.ttl(worker.key) > 500
