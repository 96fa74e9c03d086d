"""A fingerprint moves when its topic does, and only then."""

import pytest
from ledger.scenes import NOW, Scene, at, bring

from gateway.ledger import Ledger
from gateway.ledger.stops import Stoppable
from gateway.model import CallState

pytestmark = pytest.mark.anyio


async def test_an_empty_ledger_has_a_pulse(ledger: Ledger) -> None:
    """Nothing there is no fault, and the same twice."""
    assert await ledger.pulse.beat() == await ledger.pulse.beat()


@pytest.mark.parametrize(
    ("state", "moved"),
    [
        (CallState.READY, {"leads", "waiting"}),
        (CallState.PLACED, {"leads", "waiting"}),
        (CallState.HELD, {"leads", "waiting", "attention"}),
        (CallState.UNKNOWN, {"leads", "waiting", "attention"}),
    ],
)
async def test_a_call_moves_what_shows_it(ledger: Ledger, state: CallState, moved: set[str]) -> None:
    """A lead that comes in and ends up in a state changes the feed, and the lists that hold this state."""
    before = await ledger.pulse.beat()
    await bring(Scene(ledger), state)
    after = await ledger.pulse.beat()
    assert moved <= {topic for topic in after if after[topic] != before[topic]}


async def test_a_stop_moves_the_switch_alone(ledger: Ledger) -> None:
    """Stopping changes no lead."""
    before = await ledger.pulse.beat()
    await ledger.stops.stop(Stoppable.EVERYTHING, actor="anna", now=NOW)
    after = await ledger.pulse.beat()
    assert [topic for topic in after if after[topic] != before[topic]] == ["switch"]


async def test_each_sources_newest_event_is_known(ledger: Ledger) -> None:
    """By source; one that heard nothing is left out."""
    scene = Scene(ledger)
    await scene.accept(source="site", now=at(1))
    await scene.accept(source="site", now=at(9))
    await scene.accept(source="crm", now=at(5))
    assert await ledger.pulse.newest(["site", "crm", "silent"]) == {"site": at(9), "crm": at(5)}
    assert await ledger.pulse.newest([]) == {}
