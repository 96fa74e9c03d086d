"""Held calls in bulk: counted, previewed by the guards, released and cancelled step by step."""

from pathlib import Path

import pytest
from ledger.scenes import NOW, Scene, at, plan
from rules.written import loaded

from gateway import holds
from gateway.bounds import Bounds, Burst
from gateway.guards import load_guards
from gateway.holds import BulkAction, HoldFilter
from gateway.ledger import Ledger
from gateway.ledger.stops import Stoppable
from gateway.model import CallState
from gateway.rules.rulebook import Rulebook

pytestmark = pytest.mark.anyio
ONE = Bounds(burst=Burst(factor=2, minimum=1))
BURST = HoldFilter(source="site", reason="burst")
TEXT = """\
accounts: {main: {}}
numbers: {east: {id: pn_212, account: main}}
policy: {hours: always}
"""


@pytest.fixture
def scene(ledger: Ledger) -> Scene:
    """A scene on an empty ledger."""
    return Scene(ledger)


@pytest.fixture
def rulebook(tmp_path: Path) -> Rulebook:
    """Every hour is lawful."""
    return loaded(tmp_path, TEXT)


async def _burst(scene: Scene, count: int, **details: object) -> list[str]:
    """One call that rings, and so many held ones."""
    made = [plan(f"+1415555{number:04}", **details) for number in range(count + 1)]
    return [(await scene.accept(one, bounds=ONE)).call_ids[0] for one in made]


async def _all(scene: Scene, action: BulkAction, where: HoldFilter, limit: int = 200) -> list[str]:
    done, cursor = [], None
    while True:
        batch = await holds.act(scene.ledger, action, where, actor="ann", now=at(1), limit=limit, cursor=cursor)
        done += batch.done
        assert len(batch.done) <= limit
        if batch.cursor is None:
            return done
        cursor = batch.cursor


async def test_groups(scene: Scene) -> None:
    """What must hold: each source, rule and reason with its count, the largest first, the oldest and first to go."""
    await _burst(scene, 3)
    for number in range(2):
        await scene.accept(plan(f"+1415556000{number}", rule="other", now=at(60)), now=at(60), source="crm", bounds=ONE)
    groups, complete = await holds.group(scene.ledger, HoldFilter())
    assert [(one.source, one.rule, one.reason, one.count, one.oldest) for one in groups] == [
        ("site", "demo", "burst", 3, NOW), ("crm", "other", "burst", 1, at(60)),
    ]  # fmt: skip
    assert complete
    assert groups[0].expires_first == at(86400)
    assert [one.source for one in (await holds.group(scene.ledger, HoldFilter(source="crm")))[0]] == ["crm"]


async def test_a_preview_asks_the_guards(scene: Scene, rulebook: Rulebook, tmp_path: Path) -> None:
    """What must hold: how many would ring and why others would not; and nothing is changed by asking."""
    await _burst(scene, 5)
    asked = load_guards()
    found = await holds.preview(scene.ledger, rulebook, asked, BURST, now=at(1))
    assert (found.held, found.looked_at, found.ring, found.outcomes) == (5, 5, 5, {})
    closed = loaded(tmp_path, TEXT.replace("always", "{window: 09:00-10:00}"))  # there it is four in the morning
    night = await holds.preview(scene.ledger, closed, asked, BURST, now=at(1))
    assert (night.ring, night.outcomes) == (0, {"outside_hours": 5})
    late = await holds.preview(scene.ledger, rulebook, asked, BURST, now=at(90000))
    assert (late.ring, late.outcomes) == (0, {"expired": 5})
    await scene.ledger.stops.stop(Stoppable.RULE, "demo", actor="ann", now=NOW)
    assert (await holds.preview(scene.ledger, rulebook, asked, BURST, now=at(1))).outcomes == {"stopped": 5}
    assert (await scene.ledger.reads.counts())[CallState.HELD] == 5


@pytest.mark.parametrize(
    ("action", "state"), [(BulkAction.RELEASE, CallState.READY), (BulkAction.CANCEL, CallState.CANCELLED)]
)
async def test_many_step_by_step(scene: Scene, action: BulkAction, state: CallState) -> None:
    """What must hold: every held call once, in bounded steps, by the actor; a repeat finds nothing left to do."""
    first, *rest = await _burst(scene, 23)
    assert sorted(await _all(scene, action, BURST, limit=5)) == sorted(rest)
    assert await _all(scene, action, BURST) == []
    assert {await scene.state(call_id) for call_id in rest} == {state}
    assert await scene.state(first) is CallState.READY
    assert {(await scene.ledger.reads.timeline(call_id))[-1].by for call_id in rest} == {"ann"}
    await scene.sound(now=at(1))


@pytest.mark.parametrize(
    ("where", "count"),
    [
        (HoldFilter(rule="other"), 0), (HoldFilter(rule="demo"), 4), (HoldFilter(reason="zone_unknown"), 0),
        (HoldFilter(source="crm"), 0), (HoldFilter(before=at(1)), 4), (HoldFilter(before=NOW), 0),
        (HoldFilter(since=NOW), 4), (HoldFilter(since=at(1)), 0),
    ],
)  # fmt: skip
async def test_only_what_is_meant(scene: Scene, where: HoldFilter, count: int) -> None:
    """What must hold: source, rule, reason and age narrow what is decided; the rest stays held."""
    await _burst(scene, 4)
    assert len(await _all(scene, BulkAction.CANCEL, where)) == count
    assert (await scene.ledger.reads.counts()).get(CallState.HELD, 0) == 4 - count


async def test_cancelling_lets_no_copy_out(scene: Scene) -> None:
    """What must hold: a call of the same source that had joined a held one is held in its place, another's rings."""
    _, held, other = await _burst(scene, 2)
    copy = (await scene.accept(plan("+14155550001"), bounds=ONE)).call_ids[0]
    form = (await scene.accept(plan("+14155550002"), source="form")).call_ids[0]
    assert {await scene.state(one) for one in (copy, form)} == {CallState.JOINED}
    for call_id in (held, other):
        await scene.ledger.actions.cancel(call_id, actor="ann", now=at(1))
    assert [await scene.state(one) for one in (copy, form)] == [CallState.HELD, CallState.READY]
    assert (await scene.call(copy)).reason == "burst"
    assert await _all(scene, BulkAction.CANCEL, BURST) == [copy]
    await scene.sound(now=at(1))
