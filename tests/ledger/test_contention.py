"""Several real worker processes, killed at any moment: no limit is ever exceeded, and no place is ever leaked."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from ledger.contenders import DEADLINE, LIMIT, PER_WINDOW, TALK, TERMS, WINDOW
from ledger.scenes import Scene
from waiting import soon

from gateway.ledger.records import CallFilter, TimelineEntry
from gateway.ledger.terms import GrantTerms
from gateway.model import CallState

pytestmark = pytest.mark.anyio
CALLS, WORKERS, KILLED = 40, 3, 0.03
SLACK = timedelta(milliseconds=300)  # writes may cross between their clocks and Redis, far apart on a busy machine


def _start(url: str, seed: int) -> "subprocess.Popen[str]":
    command = [sys.executable, str(Path(__file__).with_name("contenders.py")), url, str(seed)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@contextmanager
def _crew(url: str) -> Iterator[list["subprocess.Popen[str]"]]:
    crew = [_start(url, seed) for seed in range(WORKERS)]
    try:
        yield crew
    finally:
        for worker in crew:
            worker.kill()
            worker.communicate()


async def _histories(scene: Scene) -> list[tuple[TimelineEntry, ...]]:
    calls, _ = await scene.ledger.reads.calls(CallFilter(), limit=2 * CALLS)
    return [await scene.ledger.reads.timeline(call.id) for call in calls]


def _check_limits(histories: list[tuple[TimelineEntry, ...]]) -> int:
    """Retold from what each call's history says, never from the places themselves; how many requests there were."""
    total = 0
    for name in (number.name for number in TERMS):
        taken, grants = [], []
        for history in histories:
            for entry, then in pairwise(history):
                if entry.state == "DIALING" and entry.facts["number"] == name:
                    until = then.at + TALK if then.state == "PLACED" else min(then.at, entry.at + DEADLINE)
                    taken.append((entry.at + SLACK, until - SLACK))
                    if then.state != "READY":  # what was proved unsent gave its place in the window back
                        grants.append(entry.at)
        total += len(taken)
        assert all(sum(start <= at < end for start, end in taken) <= LIMIT for at, _ in taken)
        ordered = sorted(grants)
        assert all(b - a > WINDOW - SLACK for a, b in zip(ordered, ordered[PER_WINDOW:], strict=False))
    return total


class Storm:
    """Kills workers. Between two kills a call must end: where workers take long to start, none would ever ring."""

    def __init__(self, scene: Scene, crew: list["subprocess.Popen[str]"], url: str) -> None:
        self._scene, self._crew, self._url = scene, crew, url
        self._draws = Random(7)
        self._under_way = CALLS

    async def blow(self) -> bool:
        """A sweep, and now and then a worker killed and another put in its place; whether every call has ended."""
        assert [worker.poll() for worker in self._crew] == [None] * WORKERS, "a worker ended by itself"
        await self._scene.ledger.sweeps.sweep(now=datetime.now(UTC))
        counts = await self._scene.ledger.reads.counts()
        under_way = sum(counts.get(state, 0) for state in (CallState.READY, CallState.CLAIMED, CallState.DIALING))
        if under_way < self._under_way and self._draws.random() < KILLED:
            self._under_way = under_way
            self._kill(self._draws.randrange(WORKERS))
        return not under_way

    def _kill(self, victim: int) -> None:
        self._crew[victim].kill()
        self._crew[victim].communicate()
        self._crew[victim] = _start(self._url, self._draws.randrange(1000))


async def test_kills_exceed_and_leak_nothing(scene: Scene, valkey_url: str) -> None:
    """Workers are killed again and again: the limits held at every moment, and in the end every place is free."""
    for number in range(CALLS):
        life = timedelta(minutes=5)  # longer than any machine takes: whoever waits is rung
        await scene.add(f"+1415555{number:04}", now=datetime.now(UTC), life=life, cooldown=timedelta(0))
    with _crew(valkey_url) as crew:
        storm = Storm(scene, crew, valkey_url)
        await soon(storm.blow, seconds=240, message="every call ends")
    assert _check_limits(await _histories(scene)) >= CALLS / 2, "too few requests to prove anything"
    await _all_free(scene)
    await scene.sound(now=datetime.now(UTC))


async def _all_free(scene: Scene) -> None:
    """Once talk, deadline and window are over, as many are let out as the limit says: not one place was leaked."""
    later = datetime.now(UTC) + TALK + DEADLINE + WINDOW + timedelta(hours=2)
    for number in range(2 * LIMIT + 1):
        await scene.add(f"+1415556{number:04}", now=later, cooldown=timedelta(0))
    calls = (await scene.claims(limit=50, now=later)).calls
    await scene.ledger.connection.redis.delete(scene.ledger.connection.key("numbers"))
    answers = []
    for call in calls:
        terms = GrantTerms(contact_id=f"ct_{call.id}", person_keys=(), valid_until=None, numbers=TERMS)
        answers.append((await scene.grant(call.hold(), terms, now=later)).answer)
    assert answers.count("GRANTED") == 2 * LIMIT
