"""The sweeper: what a crash left is moved on, in bounded rounds, from several sweepers at once."""

import asyncio
from datetime import timedelta

import pytest
from ledger.scenes import NOW, Scene, at, bring, plan

from gateway.model import CallState, EventState, Priority
from gateway.reasons import Reason

S = CallState


@pytest.mark.anyio
async def test_a_lost_lease(scene: Scene) -> None:
    """A call whose worker vanished before the grant is READY again, and due."""
    hold = await bring(scene, S.CLAIMED)
    assert (await scene.ledger.sweeps.sweep(now=at(29.999))).leases_lost == ()
    swept = await scene.ledger.sweeps.sweep(now=at(30))
    assert (swept.leases_lost, swept.due, swept.due_total) == ((hold.call_id,), (hold.call_id,), 1)
    assert (await scene.call(hold.call_id)).reason is Reason.LEASE_LOST
    await scene.sound(now=at(30))


@pytest.mark.anyio
async def test_a_renewed_lease(scene: Scene) -> None:
    """A worker that renews in time keeps its call."""
    hold = await bring(scene, S.CLAIMED)
    await scene.ledger.dials.renew(hold, now=at(20), lease=timedelta(seconds=30))
    assert (await scene.ledger.sweeps.sweep(now=at(49))).leases_lost == ()
    await scene.sound(now=at(49))


@pytest.mark.anyio
async def test_a_passed_deadline(scene: Scene) -> None:
    """A request without an outcome past its deadline is UNKNOWN: it may have rung, and is not dialled again."""
    hold = await bring(scene, S.DIALING)
    assert (await scene.ledger.sweeps.sweep(now=at(60))).unknown == (hold.call_id,)
    call = await scene.call(hold.call_id)
    assert (call.state, call.reason, call.owner) == (S.UNKNOWN, Reason.DEADLINE_PASSED, "w1")
    assert (await scene.ledger.sweeps.sweep(now=at(9999))).due == ()
    await scene.sound(now=at(9999))


@pytest.mark.anyio
@pytest.mark.parametrize("state", [S.READY, S.HELD, S.CLAIMED])
async def test_expiry(scene: Scene, state: CallState) -> None:
    """What waits, also for a person, expires at its limit; who had joined and may still ring takes over."""
    hold = await bring(scene, state)
    joined = await scene.add(now=at(1))
    swept = await scene.ledger.sweeps.sweep(now=at(86400))
    assert swept.expired == (hold.call_id,)
    assert await scene.state(hold.call_id) is S.EXPIRED
    assert swept.due == (joined,)
    await scene.sound(now=at(86400))


@pytest.mark.anyio
async def test_due_in_order(scene: Scene) -> None:
    """What is due is named in the ledger's order, no more than asked for, and counted in full."""
    low = await scene.add("+14155550101", priority=Priority.LOW)
    old = await scene.add("+14155550102", now=at(-1))
    new = await scene.add("+14155550103")
    later = await scene.add("+14155550104", wait=timedelta(minutes=1), priority=Priority.HIGH)
    swept = await scene.ledger.sweeps.sweep(now=at(59))
    assert (swept.due, swept.due_total) == ((new, old, low), 3)
    swept = await scene.ledger.sweeps.sweep(now=at(60), limit=2)
    assert (swept.due, swept.due_total) == ((later, new), 4)


@pytest.mark.anyio
async def test_events_due(scene: Scene) -> None:
    """Undecided events whose time has come are named; leased ones are not until the lease is over."""
    event_id = (await scene.accept(plan(), state=EventState.RECEIVED)).event_id
    assert (await scene.ledger.sweeps.sweep(now=NOW)).events_due == (event_id,)
    await scene.ledger.intake.claim_events("e1", limit=1, now=NOW, lease=timedelta(seconds=30))
    assert (await scene.ledger.sweeps.sweep(now=at(29))).events_due == ()
    assert (await scene.ledger.sweeps.sweep(now=at(30))).events_due == (event_id,)


@pytest.mark.anyio
async def test_bounded(scene: Scene) -> None:
    """One round moves no more than its limit of each kind."""
    for number in range(5):
        await scene.add(f"+1415555010{number}")
    await scene.claims(limit=5)
    sizes = [len((await scene.ledger.sweeps.sweep(now=at(30), limit=2)).leases_lost) for _ in range(4)]
    assert sizes == [2, 2, 1, 0]


@pytest.mark.anyio
async def test_several_sweepers(scene: Scene) -> None:
    """Sweepers that run at once move each call once."""
    for number in range(20):
        await scene.add(f"+141555501{number:02}")
    await scene.claims(limit=20)
    rounds = await asyncio.gather(*(scene.ledger.sweeps.sweep(now=at(30)) for _ in range(8)))
    moved = [call_id for swept in rounds for call_id in swept.leases_lost]
    assert len(moved) == len(set(moved)) == 20
    assert len(await scene.ledger.reads.timeline(moved[0])) == 3
