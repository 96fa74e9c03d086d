"""Redis restored from an older copy: whom it believes to be waiting, though they were rung, is not rung again."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import plain_http
import pytest
from faults.matrix import send
from faults.rig import API_KEY, Rig, rig
from redis import Redis
from waiting import eventually

LEADS = [f"ct_{number}" for number in range(3)]
KEY = {"Authorization": f"Bearer {API_KEY}"}


def data(running: Rig) -> Path:
    """Where Valkey keeps its append-only file."""
    return running.parts.folder / "valkey" / "appendonlydir"


@contextmanager
def set_back(running: Rig) -> Iterator[None]:
    """Whatever rings inside is forgotten by Redis afterwards: its data is that of before, its process a new one."""
    copy = running.parts.folder / "copy"
    running.valkey.stop()
    shutil.copytree(data(running), copy)
    running.valkey.start()
    running.load_scripts()
    yield
    running.valkey.kill()
    shutil.rmtree(data(running))
    shutil.copytree(copy, data(running))
    running.valkey.start()
    running.load_scripts()


@pytest.fixture
def running() -> Iterator[Rig]:
    """Dialgate with one ring behind it, no worker, and three leads waiting."""
    with rig() as started:
        for part in ("serve", "sweep", "work"):
            started.parts.start(part)
        send(started.url, {"id": "first", "contact": "ct_first"})
        eventually(lambda: started.calls()["ct_first"].state == "PLACED", message="the first rings")
        started.parts.kill("work")
        for lead in LEADS:
            send(started.url, {"id": lead, "contact": lead})
        yield started


def ring_them(running: Rig) -> None:
    """A worker rings all three."""
    running.parts.start("work")
    eventually(lambda: all(running.rings()[lead] == 1 for lead in LEADS), message="all ring")
    eventually(lambda: all(running.calls()[lead].state == "PLACED" for lead in LEADS), message="all PLACED")


def stops(running: Rig) -> list[str]:
    """What is stopped."""
    try:
        answer = plain_http.get(f"{running.url}/v1/stops", headers=KEY, timeout=5)
    except httpx.HTTPError:
        return []
    return [one["what"] for one in answer.json()["items"]] if answer.is_success else []


def not_ready(running: Rig) -> set[str]:
    """The names of what is not ready."""
    answer = plain_http.get(f"{running.url}/readyz")
    return {one["name"] for one in answer.json()["problems"]}


def resume(running: Rig) -> None:
    """A person lets it ring again."""
    order = {"what": "rollback"}
    plain_http.post(f"{running.url}/v1/resume", json=order, headers=KEY).raise_for_status()


def seen_by_the_sweeper(running: Rig) -> None:
    """It has asked how many grants there are, and been answered: it asks again."""
    with Redis.from_url(running.valkey.url, decode_responses=True) as redis, redis.monitor() as watched:
        for _ in range(2):
            while not watched.next_command()["command"].endswith("grants sweeper total"):
                pass


@pytest.mark.timeout(120)
@pytest.mark.parametrize("restarted", [False, True], ids=["the worker ran on", "the worker was started anew"])
def test_a_redis_set_back_rings_nobody_again(running: Rig, restarted: bool) -> None:
    """All dials stop until a person resumes; what had rung is UNKNOWN then, and stays unrung; fresh leads ring."""
    with set_back(running):
        ring_them(running)
        if restarted:
            running.parts.kill("work")
    if restarted:
        running.parts.start("work")
    eventually(lambda: stops(running) == ["rollback"], seconds=40, message="everything is stopped")
    eventually(lambda: {running.calls()[lead].state for lead in LEADS} == {"UNKNOWN"}, message="they are UNKNOWN")
    assert {running.calls()[lead].reason for lead in LEADS} == {"rolled_back"}
    assert {"stop", "ledger_rolled_back"} <= not_ready(running)
    send(running.url, {"id": "fresh", "contact": "ct_fresh"})
    resume(running)
    eventually(lambda: running.rings()["ct_fresh"] == 1, message="the fresh lead rings")
    assert [running.rings()[lead] for lead in LEADS] == [1, 1, 1]
    assert running.audit()["broken"] == []


@pytest.mark.timeout(120)
def test_without_the_journal_a_sweeper_remembers(running: Rig) -> None:
    """The worker's disk is gone with it: what was accepted before is held for a person, and nobody is rung again."""
    with set_back(running):
        ring_them(running)
        running.parts.kill("work")
        seen_by_the_sweeper(running)
    shutil.rmtree(running.parts.folder / "data" / "journal")
    eventually(lambda: stops(running) == ["rollback"], seconds=40, message="everything is stopped")
    running.parts.start("work")
    eventually(lambda: {running.calls()[lead].state for lead in LEADS} == {"HELD"}, seconds=40, message="they are held")
    assert [running.rings()[lead] for lead in LEADS] == [1, 1, 1]


@pytest.mark.timeout(120)
def test_without_any_memory_they_are_rung_twice(running: Rig) -> None:
    """The same with the worker's and the sweeper's memory taken away: else the tests above would prove nothing."""
    with set_back(running):
        ring_them(running)
        running.parts.kill("work")
        running.parts.kill("sweep")
    shutil.rmtree(running.parts.folder / "data" / "journal")
    running.parts.start("sweep")
    running.parts.start("work")
    eventually(lambda: all(running.rings()[lead] == 2 for lead in LEADS), message="all are rung again")


@pytest.mark.timeout(120)
def test_an_emptied_redis_stops_everything(running: Rig) -> None:
    """FLUSHALL under a running worker: what comes in next is not rung before a person has looked."""
    ring_them(running)
    with Redis.from_url(running.valkey.url) as redis:
        redis.flushall()
    running.load_scripts()
    eventually(lambda: stops(running) == ["rollback"], seconds=40, message="everything is stopped")
    send(running.url, {"id": "fresh", "contact": "ct_fresh"})
    eventually(lambda: running.calls()["ct_fresh"].reason == "stopped", message="the fresh lead waits for a person")
    assert running.rings()["ct_fresh"] == 0
    resume(running)
    eventually(lambda: running.rings()["ct_fresh"] == 1, message="the fresh lead rings")
