"""A sweeper notices a Redis that was set back, also when no worker that dialled is left to say so."""

import pytest
from ledger.scenes import NOW, PLACED, Scene, at

from gateway.ledger import Ledger
from gateway.model import CallState
from workers.rollback_watch import RollbackWatch

pytestmark = pytest.mark.anyio


@pytest.fixture
def scene(ledger: Ledger) -> Scene:
    """A scene on an empty ledger."""
    return Scene(ledger)


async def set_back(scene: Scene, call_id: str) -> None:
    """What a replica that lagged has: the call as it was accepted, and its grant not counted."""
    redis = scene.ledger.connection.redis
    await redis.hincrby("dialgate:grants", "total", -1)
    await redis.hset(f"dialgate:call:{call_id}", mapping={"state": "READY", "attempts": "0", "finished_at": ""})
    await redis.zadd("dialgate:calls:due", {call_id: 1})


async def test_what_it_saw_is_not_forgotten(scene: Scene) -> None:
    """The ring's worker is gone: the lead is held for a person, not rung again, and nothing rings until they resume."""
    hold = await scene.dialing()
    watch, rollback = RollbackWatch(), scene.ledger.rollback
    assert not await watch.look(rollback, now=at(1))
    await scene.ledger.dials.finish(hold, PLACED, now=at(1))
    await set_back(scene, hold.call_id)
    assert await watch.look(rollback, now=at(2))
    assert [stop.what for stop in await scene.ledger.stops.in_force(now=at(2))] == ["rollback"]
    assert [alert.kind for alert in await scene.ledger.alerts.open()] == ["ledger_rolled_back"]
    assert (await scene.claims(now=at(3))).calls == ()
    assert await scene.state(hold.call_id) is CallState.HELD


async def test_one_rollback_is_told_once(scene: Scene) -> None:
    """Two sweepers saw the same: the second finds it told, and a new grant is no rollback."""
    hold = await scene.dialing()
    first, second, rollback = RollbackWatch(), RollbackWatch(), scene.ledger.rollback
    assert [await one.look(rollback, now=NOW) for one in (first, second)] == [False, False]
    await set_back(scene, hold.call_id)
    assert [await one.look(rollback, now=at(1)) for one in (first, second, first)] == [True, False, False]
    found = await rollback.so_far()
    assert found is not None
    assert (found.forgotten, found.named) == (1, 0)
