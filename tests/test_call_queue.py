"""Wake-ups: what is put into RQ, and what a stock RQ worker may run of it."""

import json
import sys
import zlib
from collections.abc import Iterator
from types import ModuleType

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer

from gateway import call_queue
from gateway.call_queue import DIAL_JOB, DIAL_QUEUE, CallQueue, DialgateJob


@pytest.fixture
def redis(valkey_url: str) -> Iterator[Redis]:
    """A client of an empty Valkey."""
    client = Redis.from_url(valkey_url)
    yield client
    client.close()


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What the dial job was run with; a module of ours stands in for the real one."""
    calls: list[tuple[str, ...]] = []
    module = ModuleType("workers.jobs")
    module.__dict__["dial"] = lambda *call_ids: calls.append(call_ids)
    monkeypatch.setitem(sys.modules, "workers.jobs", module)
    return calls


def stock_worker(redis: Redis) -> SimpleWorker:
    """RQ's own worker, given nothing of ours but the job class and the serializer."""
    return SimpleWorker([DIAL_QUEUE], connection=redis, job_class=DialgateJob, serializer=JSONSerializer)


def queued_jobs(redis: Redis) -> list[DialgateJob]:
    """The jobs waiting, in order."""
    return list(Queue(DIAL_QUEUE, connection=redis, job_class=DialgateJob, serializer=JSONSerializer).jobs)


def forge(redis: Redis, field: str, value: bytes) -> str:
    """Overwrite one field of a queued wake-up, as someone who can write to Redis would; the job's id."""
    CallQueue(redis).wake(["ca_1"])
    job = queued_jobs(redis)[0]
    redis.hset(job.key, field, value)
    return job.id


def test_wake_ups_nobody_takes_do_not_pile_up(redis: Redis) -> None:
    """What must hold: days without a worker do not fill Redis; what is due is in the ledger, not in the queue."""
    queue = CallQueue(redis)
    queue.wake([f"ca_{number}" for number in range(50_000)])
    assert queue.depth() == 1000
    queue.wake(["ca_50000"])
    assert queue.depth() == 1000


def test_how_many_wait_is_not_asked_each_time(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: a hand-over is one trip to Redis while little waits; it looks again once a second, or when half
    of what is enough may wait.
    """
    looks: list[int] = []
    depth = CallQueue.depth
    monkeypatch.setattr(CallQueue, "depth", lambda queue: looks.append(1) or depth(queue))
    monkeypatch.setattr(call_queue, "_LOOK_SECONDS", 3600.0)
    queue = CallQueue(redis)
    for _ in range(100):
        queue.wake(["ca_1"])
    assert len(looks) == 1
    queue.wake([f"ca_{number}" for number in range(25_000)])
    queue.wake(["ca_1"])
    assert len(looks) == 2


def test_a_stock_worker_runs_a_wake_up(redis: Redis, rung: list[tuple[str, ...]]) -> None:
    """What must hold: RQ's own worker with our job class runs the dial job with exactly the ids that are due."""
    CallQueue(redis).wake(["ca_1", "ca_2"])
    assert stock_worker(redis).work(burst=True)
    assert rung == [("ca_1", "ca_2")]
    assert CallQueue(redis).depth() == 0
    assert redis.keys("rq:job:*") == []


@pytest.mark.parametrize(("due", "sizes"), [(0, []), (1, [1]), (50, [50]), (51, [50, 1]), (120, [50, 50, 20])])
def test_one_wake_up_for_fifty_calls(redis: Redis, due: int, sizes: list[int]) -> None:
    """What must hold: every due call is named once, in order, at most fifty to a job."""
    ids = [f"ca_{number}" for number in range(due)]
    queue = CallQueue(redis)
    queue.wake(ids)
    jobs = queued_jobs(redis)
    assert [len(job.args) for job in jobs] == sizes
    assert [call_id for job in jobs for call_id in job.args] == ids
    assert queue.depth() == len(sizes)


def test_a_wake_up_keeps_nothing_and_retries_nothing(redis: Redis) -> None:
    """What must hold: no result, no RQ retry, a bounded run, a short memory of failures, no id in what RQ logs."""
    CallQueue(redis).wake(["ca_secretive"])
    [job] = queued_jobs(redis)
    assert job.func_name == DIAL_JOB
    assert job.result_ttl == 0
    assert job.timeout == 120
    assert 0 < (job.failure_ttl or 0) <= 24 * 3600
    assert job.retries_left is None
    assert "ca_secretive" not in (job.description or "")


@pytest.mark.parametrize(
    "data",
    [
        ["os.system", None, ["true"], {}],
        ["workers.jobs", None, [], {}],
        ["workers.jobs.dial.__globals__", None, [], {}],
        [DIAL_JOB, "an instance", [], {}],
        [DIAL_JOB, None, ["ca_1"], {"again": True}],
        [DIAL_JOB, None, [{"id": "ca_1"}], {}],
    ],
)
def test_a_forged_job_never_runs(redis: Redis, rung: list[tuple[str, ...]], data: list[object]) -> None:
    """What must hold: a job not made by us fails in a stock worker, before anything is imported or called."""
    job_id = forge(redis, "data", zlib.compress(json.dumps(data).encode()))
    stock_worker(redis).work(burst=True)
    assert rung == []
    assert FailedJobRegistry(DIAL_QUEUE, connection=redis).get_job_ids() == [job_id]


@pytest.mark.parametrize("field", ["success_callback_name", "failure_callback_name", "stopped_callback_name"])
def test_a_forged_callback_is_not_imported(redis: Redis, rung: list[tuple[str, ...]], field: str) -> None:
    """What must hold: a callback written into a job by hand is neither imported nor run; the job itself runs."""
    sys.modules.pop("this", None)
    forge(redis, field, b"this.s")
    stock_worker(redis).work(burst=True)
    assert rung == [("ca_1",)]
    assert "this" not in sys.modules


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("webhooks", b'[{"url": "http://127.0.0.1:9/", "job_status": "finished"}]'),
        ("retries_left", b"3"),
        ("repeats_left", b"3"),
    ],
)
def test_a_forged_follow_up_is_dropped(redis: Redis, rung: list[tuple[str, ...]], field: str, value: bytes) -> None:
    """What must hold: a web address, retry or repeat written into a job by hand is forgotten when it is read."""
    forge(redis, field, value)
    [job] = queued_jobs(redis)
    assert (job.webhooks, job.retries_left, job.repeats_left) == ([], None, None)
    stock_worker(redis).work(burst=True)
    assert rung == [("ca_1",)]
