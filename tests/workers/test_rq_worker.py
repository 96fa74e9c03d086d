"""RQ's part in a worker process: wake-ups that were heard are gone."""

from collections.abc import Sequence

import pytest
from redis import Redis
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer

from gateway.call_queue import DIAL_QUEUE, CallQueue, DialgateJob
from workers.handover import Handover
from workers.rq_worker import WakeWorker


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


@pytest.mark.parametrize(("wakes", "left"), [(1, 0), (5, 0), (12, 3)])
def test_a_wake_up_that_was_heard_is_gone(valkey_url: str, wakes: int, left: int) -> None:
    """It rings the bell once; it and some behind it, which say the same, leave nothing in Redis."""
    heard: list[float] = []
    handover = Handover()
    handover.attach(lambda patience: bool(heard.append(patience)))
    with Redis.from_url(valkey_url) as redis:
        for number in range(wakes):
            CallQueue(redis).wake([f"call_{number}"])
        worker_on(redis, handover).execute_job(*taken(redis))
        waiting = CallQueue(redis).depth()
        kept: Sequence[bytes] = redis.keys("rq:job:*")
        assert (len(heard), waiting, len(kept)) == (1, left, left)
        assert redis.llen(f"rq:queue:{DIAL_QUEUE}:intermediate") == 0
