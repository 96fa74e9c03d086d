"""One person, one ring: joining at accept and at the grant, cooldowns, and who takes a leader's place."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from ledger.scenes import COOLDOWN, NOW, PLACED, REFUSED, UNCERTAIN, UNSENT, Scene, at, bring, decision, plan, terms

from gateway.ledger.records import GrantAnswer
from gateway.model import CallState, ContactById, Outcome
from gateway.reasons import Reason

S = CallState


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("state", "joins"),
    [
        (S.READY, True),
        (S.HELD, True),
        (S.CLAIMED, True),
        (S.DIALING, True),
        (S.PLACED, True),
        (S.UNKNOWN, True),
        (S.CLOSED, True),
        (S.REJECTED, False),
        (S.SKIPPED, False),
        (S.EXPIRED, False),
        (S.CANCELLED, False),
    ],
)
async def test_who_is_joined(scene: Scene, state: CallState, joins: bool) -> None:
    """A new call joins one that waits or may have rung; an end without a ring leaves the person free."""
    hold = await bring(scene, state)
    call = await scene.call(await scene.add(now=at(1)))
    assert (call.state is S.JOINED) is joins
    assert call.leader == (hold.call_id if joins else None)
    assert call.reason is (Reason.JOINED_PERSON if joins else None)
    await scene.sound(now=at(1))


@pytest.mark.anyio
@pytest.mark.parametrize("state", [S.PLACED, S.UNKNOWN])
@pytest.mark.parametrize(
    ("seconds", "own", "joins"),
    [(599, COOLDOWN, True), (600, COOLDOWN, False), (600, timedelta(hours=1), True), (599, timedelta(0), True)],
)
async def test_cooldown(scene: Scene, state: CallState, seconds: int, own: timedelta, joins: bool) -> None:
    """After a ring the person is left in peace for the longer of both calls' cooldowns, counted from the grant."""
    await bring(scene, state)
    call_id = await scene.add(now=at(seconds), cooldown=own)
    assert (await scene.state(call_id) is S.JOINED) is joins


@pytest.mark.anyio
async def test_fifty_copies_at_once(scene: Scene) -> None:
    """However many copies of a lead race in, exactly one of them is not joined."""
    ids = await asyncio.gather(*(scene.add() for _ in range(50)))
    states = Counter([await scene.state(call_id) for call_id in ids])
    assert states == {S.READY: 1, S.JOINED: 49}
    await scene.sound()


@pytest.mark.anyio
@pytest.mark.parametrize("state", [S.SKIPPED, S.EXPIRED, S.CANCELLED, S.REJECTED])
async def test_promotion(scene: Scene, state: CallState) -> None:
    """When a leader ends without ringing, the oldest that joined takes its place and keeps the other joiners."""
    ids = [await scene.add(now=at(-3 + number)) for number in range(3)]
    await _end(scene, ids[0], state)
    heir = await scene.call(ids[1])
    assert (heir.state, heir.reason, heir.leader) == (S.READY, Reason.PROMOTED, None)
    assert heir.joined == (ids[2],)
    assert (await scene.call(ids[2])).leader == ids[1]
    assert (await scene.call(await scene.add())).leader == ids[1]
    await scene.sound()


async def _end(scene: Scene, call_id: str, state: CallState) -> None:
    if state is S.CANCELLED:
        await scene.ledger.actions.cancel(call_id, actor="ann", now=NOW)
        return
    hold = await scene.claim(call_id)
    if state is S.REJECTED:
        await scene.grant(hold)
        await scene.ledger.dials.finish(hold, REFUSED, now=NOW)
    else:
        reason = Reason.EXPIRED if state is S.EXPIRED else Reason.CONTACT_REFUSED
        await scene.ledger.dials.skip(hold, reason=reason, now=NOW)


@pytest.mark.anyio
async def test_an_heir_may_be_too_old(scene: Scene) -> None:
    """A joined call past its own limit is EXPIRED rather than promoted; the next one is."""
    leader = await scene.add()
    old = await scene.add(life=timedelta(seconds=5))
    young = await scene.add()
    await scene.ledger.actions.cancel(leader, actor="ann", now=at(6))
    assert [await scene.state(call_id) for call_id in (old, young)] == [S.EXPIRED, S.READY]
    await scene.sound(now=at(6))


@pytest.mark.anyio
@pytest.mark.parametrize("outcome", [PLACED, UNCERTAIN])
async def test_no_promotion_after_a_ring(scene: Scene, outcome: Outcome) -> None:
    """A ring, or what may have been one, is for everyone who joined."""
    leader, joined = await scene.add(), await scene.add()
    hold = await scene.claim(leader)
    await scene.grant(hold)
    await scene.ledger.dials.finish(hold, outcome, now=NOW)
    assert await scene.state(joined) is S.JOINED


@pytest.mark.anyio
async def test_late_proof_promotes(scene: Scene) -> None:
    """When an UNKNOWN turns out to have been refused, the person was not rung: the next in line is."""
    hold = await bring(scene, S.UNKNOWN)
    joined = await scene.add()
    await scene.ledger.dials.finish(hold, REFUSED, now=at(1))
    assert await scene.state(joined) is S.READY
    await scene.sound()


@pytest.mark.anyio
async def test_joining_at_the_grant(scene: Scene) -> None:
    """Two leads found to be one contact only at the dial: the second joins, with all who had joined it."""
    first = await scene.claim(await scene.add("+14155550101"))
    second = await scene.claim(await scene.add("+14155550102"))
    follower = await scene.add("+14155550102")
    same = terms(people=("id:ct_1",))
    assert (await scene.grant(first, same)).answer is GrantAnswer.GRANTED
    grant = await scene.grant(second, same)
    assert (grant.answer, grant.reason) == (GrantAnswer.JOINED, Reason.JOINED_PERSON)
    assert (await scene.call(second.call_id)).leader == first.call_id
    assert (await scene.call(follower)).leader == first.call_id
    await scene.sound()


@pytest.mark.anyio
async def test_an_unsent_ring_is_none(scene: Scene) -> None:
    """Proved unsent, a call no longer blocks the same contact under another key."""
    same = terms(people=("id:ct_1",))
    first = await scene.claim(await scene.add("+14155550101"))
    second = await scene.claim(await scene.add("+14155550102"))
    await scene.grant(first, same)
    await scene.ledger.dials.finish(first, UNSENT, now=NOW, retry_at=at(5))
    assert (await scene.grant(second, same)).answer is GrantAnswer.GRANTED
    again = await scene.claim(first.call_id, now=at(5))
    assert (await scene.grant(again, same, now=at(5))).answer is GrantAnswer.JOINED
    await scene.sound()


@pytest.mark.anyio
async def test_an_ordered_redial_rings(scene: Scene) -> None:
    """A person's order overrides the call's own earlier ring, but not another ring made since."""
    hold = await bring(scene, S.UNKNOWN)
    await scene.ledger.actions.resolve(hold.call_id, "redial", actor="ann", now=at(1))
    redial = await scene.claim(hold.call_id, now=at(1))
    assert (await scene.grant(redial, now=at(1))).answer is GrantAnswer.GRANTED
    assert (await scene.call(hold.call_id)).attempts == 2
    await scene.sound()


@pytest.mark.anyio
async def test_a_redial_does_not_ring_twice_with_another(scene: Scene) -> None:
    """If the person was rung by another call after the order, the redial joins that one."""
    hold = await bring(scene, S.UNKNOWN)
    await scene.ledger.actions.resolve(hold.call_id, "redial", actor="ann", now=at(601))
    other = await scene.add("+14155550102", now=at(602))
    holds = {call.id: call.hold() for call in (await scene.claims(now=at(602))).calls}
    await scene.grant(holds[other], terms(people=("tel:+14155550100",)), now=at(603))
    assert (await scene.grant(holds[hold.call_id], now=at(604))).answer is GrantAnswer.JOINED


@pytest.mark.anyio
async def test_strangers_do_not_meet(scene: Scene) -> None:
    """Calls to different people are independent; a skipped plan leads nobody."""
    skipped = await scene.accept(plan(skip=Reason.PHONE_PREMIUM))
    assert await scene.state(skipped.call_ids[0]) is S.SKIPPED
    assert await scene.state(await scene.add()) is S.READY
    assert await scene.state(await scene.add("+14155550101")) is S.READY


@pytest.mark.anyio
async def test_the_latest_ring_counts_under_whichever_key_it_stands(scene: Scene) -> None:
    """An earlier ring of the same call, known by another key of the person, does not hide it."""
    made, contact = plan(), "id:main:ct_9"
    accepted = await scene.accept(made)
    hold = await scene.claim(accepted.call_ids[0])
    await scene.grant(hold, terms(people=(contact,)))
    await scene.ledger.dials.finish(hold, PLACED, now=at(1))
    await scene.ledger.actions.replay(
        accepted.event_id, decision(made), again=True, dry_run=False, actor="ann", now=at(650)
    )
    again = await scene.claim(hold.call_id, now=at(655))
    await scene.grant(again, now=at(660))  # no contact is found this time
    await scene.ledger.dials.finish(again, PLACED, now=at(661))
    other = replace(plan(now=at(700)), contact=ContactById(contact_id="ct_9"), person_keys=(contact,))
    second = await scene.claim((await scene.accept(other, now=at(700))).call_ids[0], now=at(701))
    grant = await scene.grant(second, terms(people=made.person_keys), now=at(703))
    assert (grant.answer, (await scene.call(second.call_id)).leader) == (GrantAnswer.JOINED, hold.call_id)
