"""Figures: what stands in a span, the newest of it, and in looks that do not hold up Redis."""

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from ledger.scenes import Scene, at, plan
from redis.asyncio import Redis

from gateway.ledger import figures
from gateway.ledger.connection import Connection
from gateway.ledger.figures import Figures
from gateway.model import CallState, EventState

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]


async def test_the_newest_of_a_span(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: only what came in within the span, the newest first, each once, however many looks it takes."""
    monkeypatch.setattr(figures, "_AT_ONCE", 2)
    for second in range(9):
        await scene.add(f"+1415555{second:04}", now=at(second))
    read = Figures(scene.ledger.connection)
    for since, until, limit, count in ((0, 9, 100, 9), (2, 7, 100, 5), (2, 7, 3, 3), (20, 30, 100, 0), (0, 9, 1, 1)):
        found = await read.calls(at(since), at(until), limit=limit)
        assert [(call.state, call.seconds) for call in found] == [(CallState.READY, None)] * count, (since, until)
    bars = await read.bars([at(0) + timedelta(seconds=3 * edge) for edge in range(4)])
    assert [bar.calls for bar in bars] == [3, 3, 3]


async def test_events_that_came_to_nothing(scene: Scene) -> None:
    """What must hold: those of the state, with source and reason; another state's are not among them."""
    await scene.accept(plan())
    await scene.accept(state=EventState.FAILED, source="crm", now=at(1))
    read = Figures(scene.ledger.connection)
    found = await read.events(EventState.FAILED, at(0), at(9), limit=10)
    assert [(event.source, event.state) for event in found] == [("crm", EventState.FAILED)]
    assert (await read.counts(at(0), at(9))).events[EventState.FAILED] == 1


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """What is made for Compose."""
    folder = tmp_path / "secrets"
    subprocess.run([str(ROOT / "deploy/make-secrets"), str(folder)], check=True, capture_output=True)
    return folder


async def test_the_account_made_for_compose_may_read_them(scene: Scene, valkey_url: str, secrets: Path) -> None:
    """What must hold: figures need no command that the shipped account of Valkey lacks."""
    rules = (secrets / "valkey.acl").read_text(encoding="utf-8").split()[2:]
    password = (secrets / "valkey_password").read_text(encoding="utf-8").strip()
    await scene.add()
    owner = scene.ledger.connection.redis
    await owner.execute_command("ACL", "SETUSER", "figures", "reset", *rules)
    client = Redis.from_url(valkey_url, username="figures", password=password)
    read = Figures(Connection(client))
    try:
        assert [call.state for call in await read.calls(at(0), at(9), limit=10)] == [CallState.READY]
        assert (await read.counts(at(0), at(9))).calls[CallState.READY] == 1
    finally:
        await client.aclose()
        await owner.execute_command("ACL", "DELUSER", "figures")
