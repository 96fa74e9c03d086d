"""Handed out without a claim: nothing is written until the first write about a call, and that one takes it up."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from ledger import worker_acts
from ledger.scenes import DEADLINE, LEASE, NOW, PLACED, Scene, at, bring, decision, plan, terms
from ledger.worker_acts import LATER

from gateway.ledger.records import Call, GrantAnswer, Hold, Transition
from gateway.model import CallState, EventState
from gateway.reasons import Reason

pytestmark = pytest.mark.anyio
S = CallState
Act = Callable[[Scene, Hold], Awaitable[str]]


async def look(scene: Scene, owner: str = "w1", **given: object) -> tuple[Call, ...]:
    """What a worker is handed while few calls are due."""
    claims = await scene.ledger.dials.claim(owner, **{"limit": 10, "now": NOW, "lease": LEASE, "few": 8} | given)
    return claims.calls


async def looked_at(scene: Scene, owner: str = "w1") -> Hold:
    """A new call, handed out without a claim."""
    await scene.add()
    (call,) = await look(scene, owner)
    return call.hold()


async def states(scene: Scene, call_id: str) -> list[tuple[str, str]]:
    """A call's history: each state and by whom."""
    return [(entry.state, entry.by) for entry in await scene.ledger.reads.timeline(call_id)]


async def test_a_look_writes_nothing(scene: Scene) -> None:
    """The append-only file does not grow by it, the call stays as it was, and its hold is as a claim's would be."""
    call_id = await scene.add()
    before, redis = await scene.call(call_id), scene.ledger.connection.redis
    offset = (await redis.info("persistence"))["aof_current_size"]
    (call,) = await look(scene)
    assert (await redis.info("persistence"))["aof_current_size"] == offset
    assert call.hold() == Hold(call_id=call_id, owner="w1", fence=1, till=NOW + LEASE)
    assert (call.state, call.unlisted) == (S.READY, True)
    assert await scene.call(call_id) == before
    await scene.sound()


@pytest.mark.parametrize(("due", "few", "state"), [(3, 3, S.READY), (4, 3, S.CLAIMED), (1, 0, S.CLAIMED)])
async def test_only_while_few_are_due(scene: Scene, due: int, few: int, state: CallState) -> None:
    """With more of them each is claimed, so that no two workers look at the same."""
    for number in range(due):
        await scene.add(f"+1415555010{number}")
    calls = await look(scene, few=few)
    assert [call.state for call in calls] == [state] * due
    assert {await scene.state(call.id) for call in calls} == {state}


async def test_what_a_worker_has_it_is_not_handed_again(scene: Scene) -> None:
    """Neither as it is nor claimed; others are, and so is the call once it was put back."""
    hold, other = await looked_at(scene), await scene.add("+14155550101")
    had = {hold.call_id: hold.fence}
    assert [call.id for call in await look(scene, "w2", had=had)] == [other]
    assert [call.id for call in await look(scene, "w3", had=had, few=0)] == [other]
    await scene.ledger.dials.defer(hold, not_before=NOW, reason=Reason.OUTSIDE_HOURS, now=NOW)
    assert [call.id for call in await look(scene, "w4", had=had)] == [hold.call_id]


async def test_one_that_is_not_to_be_handed_again_hides_nothing(scene: Scene) -> None:
    """However urgent it is, what is due behind it is handed out, in the ledger's order."""
    ids = [await scene.add(f"+1415555010{number}", now=at(number)) for number in range(4)]
    had = {ids[3]: 1, ids[1]: 1}
    assert [call.id for call in await look(scene, had=had, limit=1, now=LATER)] == [ids[2]]
    assert [call.id for call in await look(scene, "w2", had=had, limit=9, now=LATER)] == [ids[2], ids[0]]


async def test_what_may_not_ring_is_moved_by_the_look(scene: Scene) -> None:
    """Expired, stopped, or of a stopped account: as a claim does it, and never handed out."""
    old = await scene.add(life=timedelta(seconds=1))
    stopped = await scene.add("+14155550101", account="second")
    await scene.ledger.actions.stop_account("second", reason="401", now=NOW)
    assert await look(scene, now=LATER) == ()
    assert (await scene.state(old), (await scene.call(stopped)).reason) == (S.EXPIRED, Reason.ACCOUNT_STOPPED)
    await scene.sound(now=LATER)


async def test_the_grant_takes_it_up(scene: Scene) -> None:
    """One write, and both lines in the history; asked again after a lost answer it is the same grant."""
    hold = await looked_at(scene)
    assert (await scene.grant(hold, now=LATER)).answer is GrantAnswer.GRANTED
    call = await scene.call(hold.call_id)
    assert (call.state, call.owner, call.fence, call.attempts) == (S.DIALING, "w1", 1, 1)
    assert call.lease_until == LATER + DEADLINE
    assert (await states(scene, hold.call_id))[1:] == [("CLAIMED", "w1"), ("DIALING", "w1")]
    await scene.sound(now=LATER)
    again = await scene.grant(hold, now=at(6))
    assert (again.answer, again.deadline) == (GrantAnswer.REPEATED, LATER + DEADLINE)
    assert len(await states(scene, hold.call_id)) == 3
    assert await scene.ledger.dials.finish(hold, PLACED, now=at(7)) is Transition.DONE
    await scene.sound(now=at(7))


FIRST = {
    "renew": (worker_acts.renew, S.CLAIMED),
    "defer": (worker_acts.defer, S.READY),
    "hold_back": (worker_acts.hold_back, S.HELD),
    "skip": (worker_acts.skip, S.SKIPPED),
    "grant": (worker_acts.grant, S.DIALING),
}


@pytest.mark.parametrize("name", list(FIRST))
async def test_whichever_write_comes_first_takes_it_up(scene: Scene, name: str) -> None:
    """It leads where it leads from a claim, with the claim's line before it; twice changes nothing more."""
    act, leads = FIRST[name]
    hold = await looked_at(scene)
    assert await act(scene, hold) in {Transition.DONE, GrantAnswer.GRANTED}
    call, history = await scene.call(hold.call_id), await states(scene, hold.call_id)
    assert (call.state, call.fence) == (leads, 1)
    assert [state for state, _ in history] == ["READY", "CLAIMED", *([] if name == "renew" else [leads])]
    await scene.sound(now=LATER)
    assert await act(scene, hold) == Transition.REPEATED
    assert (await scene.call(hold.call_id), await states(scene, hold.call_id)) == (call, history)


@pytest.mark.parametrize("name", list(FIRST))
async def test_of_two_who_look_one_gets_it(scene: Scene, name: str) -> None:
    """Whoever writes first has it; the other is told STALE whatever it asks, and changes nothing."""
    first = await looked_at(scene, "w1")
    (call,) = await look(scene, "w2")
    second = call.hold()
    assert (second.call_id, second.fence) == (first.call_id, first.fence)
    await FIRST[name][0](scene, first)
    before = await scene.call(first.call_id)
    for act, _ in FIRST.values():
        assert await act(scene, second) == Transition.STALE
    assert await scene.call(first.call_id) == before
    await scene.sound(now=LATER)


async def test_many_at_once_are_granted_one(scene: Scene) -> None:
    """Ten workers look at one call and ask for the grant together: one request is let out."""
    await scene.add()
    looks = await asyncio.gather(*(look(scene, f"w{number}") for number in range(10)))
    asked = [scene.grant(call.hold(), now=LATER) for calls in looks for call in calls]
    answers = [grant.answer for grant in await asyncio.gather(*asked)]
    assert sorted(answers) == ["GRANTED", *["STALE"] * 9]
    assert sum(state == "DIALING" for state, _ in await states(scene, looks[0][0].id)) == 1


async def _claimed_by_another(scene: Scene, hold: Hold) -> None:
    await scene.claim(hold.call_id, owner="w2")


async def _had_by_another(scene: Scene, hold: Hold) -> None:
    other = await scene.claim(hold.call_id, owner="w2")
    await scene.ledger.dials.defer(other, not_before=NOW, reason=Reason.OUTSIDE_HOURS, now=NOW)


async def _cancelled(scene: Scene, hold: Hold) -> None:
    await scene.ledger.actions.cancel(hold.call_id, actor="ann", now=NOW)


async def _replayed(scene: Scene, hold: Hold) -> None:
    await _cancelled(scene, hold)
    event = (await scene.call(hold.call_id)).event_id
    anew = decision(plan("+14155550199"), state=EventState.MATCHED)
    given = {"again": False, "dry_run": False, "actor": "ann", "now": NOW}
    assert await scene.ledger.actions.replay(event, anew, **given) is not None
    assert await scene.state(hold.call_id) is S.READY


async def _set_aside(scene: Scene, hold: Hold) -> None:
    await scene.ledger.actions.stop_account("main", reason="401", now=NOW)
    await scene.claims(owner="w2")
    assert await scene.state(hold.call_id) is S.READY


async def _long_ago(scene: Scene, hold: Hold) -> None:
    """The worker stood still for as long as a lease: see the hold's `till` in the test."""


async def _erased(scene: Scene, hold: Hold) -> None:
    await scene.ledger.connection.redis.delete(f"dialgate:call:{hold.call_id}")


@pytest.mark.parametrize("name", list(FIRST))
@pytest.mark.parametrize(
    ("meanwhile", "answer"),
    [
        (_claimed_by_another, Transition.STALE),
        (_had_by_another, Transition.STALE),
        (_cancelled, Transition.STALE),
        (_replayed, Transition.STALE),
        (_set_aside, Transition.STALE),
        (_long_ago, Transition.STALE),
        (_erased, Transition.MISSING),
    ],
)
async def test_what_changed_meanwhile_is_left_alone(
    scene: Scene, name: str, meanwhile: Callable[[Scene, Hold], Awaitable[None]], answer: Transition
) -> None:
    """Claimed, cancelled, begun anew, set aside, or looked at too long ago: refused, and nothing is written."""
    hold = await looked_at(scene)
    await meanwhile(scene, hold)
    if meanwhile is _long_ago:
        hold = replace(hold, till=LATER)
    before = await scene.ledger.reads.call(hold.call_id)
    assert await FIRST[name][0](scene, hold) == answer
    assert await scene.ledger.reads.call(hold.call_id) == before


async def test_a_worker_that_dies_after_its_look_leaves_the_call_due(scene: Scene) -> None:
    """No lease has to run out: whoever looks next has it, and the sweeper wakes for it."""
    hold = await looked_at(scene)
    assert (await scene.ledger.sweeps.sweep(now=LATER)).due == (hold.call_id,)
    (call,) = await look(scene, "w2", now=LATER)
    assert (await scene.grant(call.hold(), now=LATER)).answer is GrantAnswer.GRANTED


async def test_a_refused_grant_takes_it_up_too(scene: Scene) -> None:
    """A grant that says no is an outcome of the look: the call waits for its time, and is not handed out in circles."""
    hold = await looked_at(scene)
    stale = terms(valid_until=NOW)
    assert (await scene.grant(hold, stale, now=LATER)).reason is Reason.VERDICT_STALE
    assert [state for state, _ in await states(scene, hold.call_id)] == ["READY", "CLAIMED", "READY"]
    assert (await scene.call(hold.call_id)).fence == 1
    (call,) = await look(scene, "w2", now=LATER)
    assert call.fence == 2
    await scene.sound(now=LATER)


@pytest.mark.parametrize("name", list(FIRST))
@pytest.mark.parametrize("state", [state for state in CallState if state is not S.READY])
async def test_nothing_but_a_due_call_is_taken_up(scene: Scene, name: str, state: CallState) -> None:
    """However its fence came to fit, a call in another state is not for who only looked."""
    hold = await bring(scene, state)
    before = await scene.call(hold.call_id)
    forged = replace(hold, owner="w9", fence=before.fence + 1, till=at(3600))
    assert await FIRST[name][0](scene, forged) == Transition.STALE
    assert await scene.call(hold.call_id) == before


async def test_a_repeated_look(scene: Scene) -> None:
    """Asked twice, as after a lost answer, it hands out what is due now; claimed meanwhile by others it is nobody's."""
    hold = await looked_at(scene)
    assert [call.hold() for call in await look(scene)] == [hold]
    await _claimed_by_another(scene, hold)
    assert await look(scene) == ()


async def test_one_look_hands_a_call_out_once(scene: Scene) -> None:
    """Though what expires meanwhile lets a more urgent one in before it: twice to one owner would be two requests."""
    old = await scene.add(life=timedelta(seconds=3))
    other = await scene.add("+14155550101", now=at(1))
    joined = await scene.add(now=at(2))
    assert await scene.state(joined) is S.JOINED
    calls = await look(scene, now=LATER)
    assert (await scene.state(old), [call.id for call in calls]) == (S.EXPIRED, [other, joined])
    await scene.sound(now=LATER)
