"""Figures: what stands in a span, the newest of it, and in looks that do not hold up Redis."""

from datetime import timedelta

import pytest
from ledger.scenes import Scene, at, plan

from gateway.ledger import figures
from gateway.ledger.figures import Figures
from gateway.model import CallState, EventState

pytestmark = pytest.mark.anyio


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
