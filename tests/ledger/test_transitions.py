"""Every transition from every state: it is done where it belongs and refused, unchanged, elsewhere."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from ledger import worker_acts
from ledger.scenes import (
    LEASE,
    NOW,
    PLACED,
    REFUSED,
    UNCERTAIN,
    UNSENT,
    Scene,
    at,
    bring,
)
from ledger.worker_acts import LATER

from gateway.ledger.records import GrantAnswer, Hold, Transition
from gateway.model import CallState

S = CallState
Act = Callable[[Scene, Hold], Awaitable[str]]


def _finish(outcome: object) -> Act:
    async def act(scene: Scene, hold: Hold) -> str:
        return await scene.ledger.dials.finish(hold, outcome, now=LATER, retry_at=at(9))

    return act


async def _cancel(scene: Scene, hold: Hold) -> str:
    return await scene.ledger.actions.cancel(hold.call_id, actor="bob", now=LATER)


async def _release(scene: Scene, hold: Hold) -> str:
    return await scene.ledger.actions.release(hold.call_id, actor="bob", now=LATER)


def _resolve(resolution: str) -> Act:
    async def act(scene: Scene, hold: Hold) -> str:
        return await scene.ledger.actions.resolve(hold.call_id, resolution, actor="bob", now=LATER)

    return act


WORKERS: dict[str, tuple[Act, dict[CallState, CallState]]] = {
    "renew": (worker_acts.renew, {S.CLAIMED: S.CLAIMED}),
    "defer": (worker_acts.defer, {S.CLAIMED: S.READY}),
    "hold_back": (worker_acts.hold_back, {S.CLAIMED: S.HELD}),
    "skip": (worker_acts.skip, {S.CLAIMED: S.SKIPPED}),
    "grant": (worker_acts.grant, {S.CLAIMED: S.DIALING}),
    "placed": (_finish(PLACED), {S.DIALING: S.PLACED, S.UNKNOWN: S.PLACED}),
    "refused": (_finish(REFUSED), {S.DIALING: S.REJECTED, S.UNKNOWN: S.REJECTED}),
    "unsent": (_finish(UNSENT), {S.DIALING: S.READY}),
    "uncertain": (_finish(replace(UNCERTAIN, detail="other")), {S.DIALING: S.UNKNOWN}),
}
PEOPLE: dict[str, tuple[Act, dict[CallState, CallState]]] = {
    "cancel": (_cancel, {S.READY: S.CANCELLED, S.HELD: S.CANCELLED}),
    "release": (_release, {S.HELD: S.READY}),
    "resolve placed": (_resolve("placed"), {S.UNKNOWN: S.PLACED}),
    "resolve close": (_resolve("close"), {S.UNKNOWN: S.CLOSED}),
    "resolve redial": (_resolve("redial"), {S.UNKNOWN: S.READY}),
}
EVERYONE = WORKERS | PEOPLE
ASKED_BEFORE = {  # by this very hold, on its way there
    ("grant", S.DIALING): "REPEATED",
    ("grant", S.JOINED): "JOINED",
    ("placed", S.PLACED): "REPEATED",
    ("refused", S.REJECTED): "REPEATED",
}


@pytest.mark.anyio
@pytest.mark.parametrize("state", list(CallState))
@pytest.mark.parametrize("name", list(EVERYONE))
async def test_from_every_state(scene: Scene, name: str, state: CallState) -> None:
    """A transition leads where the design says; from any other state it answers WRONG_STATE and changes nothing."""
    act, leads = EVERYONE[name]
    hold = await bring(scene, state)
    before = await scene.call(hold.call_id)
    answer = await act(scene, hold)
    after = await scene.call(hold.call_id)
    if state in leads:
        assert answer in {Transition.DONE, GrantAnswer.GRANTED}
        assert after.state is leads[state]
    else:
        assert answer == ASKED_BEFORE.get((name, state), Transition.WRONG_STATE)
        assert after == before
    await scene.sound(now=LATER)


@pytest.mark.anyio
@pytest.mark.parametrize("name", list(WORKERS))
@pytest.mark.parametrize("state", [S.CLAIMED, S.DIALING, S.UNKNOWN])
@pytest.mark.parametrize("change", [{"owner": "w2"}, {"fence": 7}])
async def test_another_holds_it(scene: Scene, name: str, state: CallState, change: dict[str, object]) -> None:
    """A worker whose owner or fence is not the call's own is told STALE, and nothing changes."""
    hold = await bring(scene, state)
    before = await scene.call(hold.call_id)
    assert await WORKERS[name][0](scene, replace(hold, **change)) == Transition.STALE
    assert await scene.call(hold.call_id) == before


@pytest.mark.anyio
@pytest.mark.parametrize("name", list(EVERYONE))
async def test_no_such_call(scene: Scene, name: str) -> None:
    """A call nobody accepted is MISSING."""
    hold = Hold(call_id="call_none", owner="w1", fence=1)
    assert await EVERYONE[name][0](scene, hold) == Transition.MISSING


@pytest.mark.anyio
@pytest.mark.parametrize("name", list(EVERYONE))
async def test_twice(scene: Scene, name: str) -> None:
    """The same request twice, as after a lost answer, is REPEATED and changes nothing more."""
    act, leads = EVERYONE[name]
    hold = await bring(scene, next(iter(leads)))
    await act(scene, hold)
    once = await scene.call(hold.call_id)
    history = await scene.ledger.reads.timeline(hold.call_id)
    assert await act(scene, hold) == Transition.REPEATED
    assert await scene.call(hold.call_id) == once
    assert await scene.ledger.reads.timeline(hold.call_id) == history


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["renew", "grant"])
async def test_a_lost_lease_gives_nothing(scene: Scene, name: str) -> None:
    """Once the lease has passed, nothing is let out on it, even before a sweeper has seen it."""
    hold = await bring(scene, S.CLAIMED)
    late = NOW + LEASE
    if name == "renew":
        answer: str = await scene.ledger.dials.renew(hold, now=late, lease=LEASE)
    else:
        answer = (await scene.grant(hold, now=late)).answer
    assert answer == Transition.STALE
    assert await scene.state(hold.call_id) is S.CLAIMED
