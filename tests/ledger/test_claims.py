"""Claiming: the ledger's order, leases and fences, and what is not handed out."""

import itertools
from datetime import timedelta

import pytest
from ledger.scenes import LEASE, NOW, Scene, at

from gateway.ledger import Ledger
from gateway.ledger.dials import Dials
from gateway.model import CallState, Priority
from gateway.reasons import Reason


@pytest.mark.anyio
async def test_order(scene: Scene) -> None:
    """Higher priority first; within one priority the freshest lead first."""
    names = {}
    for number, (priority, second) in enumerate(
        [(Priority.NORMAL, 0), (Priority.HIGH, 1), (Priority.LOW, 2), (Priority.NORMAL, 3), (Priority.HIGH, 4)]
    ):
        call_id = await scene.add(f"+1415555010{number}", now=at(second), priority=priority)
        names[call_id] = (priority, second)
    first = await scene.claims(limit=2, now=at(5))
    rest = await scene.claims(limit=9, now=at(5), owner="w2")
    order = [names[call.id] for call in (*first.calls, *rest.calls)]
    assert order == [
        (Priority.HIGH, 4),
        (Priority.HIGH, 1),
        (Priority.NORMAL, 3),
        (Priority.NORMAL, 0),
        (Priority.LOW, 2),
    ]


@pytest.mark.anyio
async def test_what_a_claim_says(scene: Scene) -> None:
    """A claimed call carries owner, lease and a fence that grows with every claim; Redis's clock comes along."""
    call_id = await scene.add()
    (call,) = (await scene.claims()).calls
    assert (call.id, call.state, call.owner, call.fence) == (call_id, CallState.CLAIMED, "w1", 1)
    assert call.lease_until == NOW + LEASE
    await scene.ledger.dials.defer(call.hold(), not_before=NOW, reason=Reason.PACE, now=NOW)
    claims = await scene.claims(owner="w2")
    assert (claims.calls[0].owner, claims.calls[0].fence) == ("w2", 2)
    assert claims.redis_now.year >= 2024


@pytest.mark.anyio
async def test_not_before(scene: Scene) -> None:
    """A call is not handed out before its time; the answer says when to ask again."""
    call_id = await scene.add(wait=timedelta(minutes=5))
    early = await scene.claims(now=at(299))
    assert (early.calls, early.next_due) == ((), at(300))
    due = await scene.claims(now=at(300))
    assert [call.id for call in due.calls] == [call_id]
    assert due.next_due is None


@pytest.mark.anyio
async def test_more_is_due(scene: Scene) -> None:
    """With more due than asked for, the next may be claimed at once."""
    for number in range(3):
        await scene.add(f"+1415555010{number}")
    assert (await scene.claims(limit=2)).next_due == NOW


@pytest.mark.anyio
async def test_too_old(scene: Scene) -> None:
    """A lead past its limit is EXPIRED when it would be claimed, and never handed out."""
    call_id = await scene.add(life=timedelta(minutes=1))
    assert (await scene.claims(now=at(60))).calls == ()
    call = await scene.call(call_id)
    assert (call.state, call.reason) == (CallState.EXPIRED, Reason.EXPIRED)
    await scene.sound(now=at(60))


@pytest.mark.anyio
async def test_a_repeated_claim(ledger: Ledger) -> None:
    """The same request twice is handed the same calls, not a second batch that nobody would dial."""
    scene = Scene(ledger)
    nonces = itertools.cycle(["n1"])
    dials = Dials(ledger.connection, nonce=lambda: next(nonces))
    for number in range(4):
        await scene.add(f"+1415555010{number}")
    first = await dials.claim("w1", limit=2, now=NOW, lease=LEASE)
    again = await dials.claim("w1", limit=2, now=NOW, lease=LEASE)
    assert [call.hold() for call in again.calls] == [call.hold() for call in first.calls]
    await dials.skip(first.calls[0].hold(), reason=Reason.PHONE_PREMIUM, now=NOW)
    third = await dials.claim("w1", limit=2, now=NOW, lease=LEASE)
    assert [call.id for call in third.calls] == [first.calls[1].id]


@pytest.mark.anyio
async def test_a_stopped_account(scene: Scene) -> None:
    """Calls of a stopped account are set aside until it is resumed, however often workers ask; others go on."""
    stopped = [await scene.add(f"+1415555010{number}", account="main") for number in range(3)]
    other = await scene.add("+14155550109", account="second")
    await scene.ledger.actions.stop_account("main", reason="401", now=NOW)
    assert [call.id for call in (await scene.claims()).calls] == [other]
    for seconds in (1, 59, 60, 61, 600):
        assert (await scene.claims(now=at(seconds))).calls == ()
    call = await scene.call(stopped[0])
    assert (call.state, call.reason, call.not_before) == (CallState.READY, Reason.ACCOUNT_STOPPED, at(60))
    assert len(await scene.ledger.reads.timeline(stopped[0])) == 2
    await scene.sound(now=at(600))
    await scene.ledger.actions.resume_account("main", actor="probe", now=at(601))
    assert {call.id for call in (await scene.claims(now=at(601))).calls} == set(stopped)


@pytest.mark.anyio
async def test_resume_before_the_probe(scene: Scene) -> None:
    """Resuming makes the waiting calls due at once, not at the time of the probe that was planned."""
    call_id = await scene.add()
    await scene.ledger.actions.stop_account("main", reason="402", now=NOW, probe_after=timedelta(hours=1))
    await scene.claims()
    await scene.ledger.actions.resume_account("main", actor="ann", now=at(5))
    assert (await scene.call(call_id)).not_before == at(5)
    assert [call.id for call in (await scene.claims(now=at(5))).calls] == [call_id]


@pytest.mark.anyio
async def test_a_newer_release_s_reason_keeps_nobody_waiting(scene: Scene) -> None:
    """A call put back with a reason that this release does not know is handed out like the others."""
    ids = {await scene.add(), await scene.add("+14155550177")}
    newer = {"reason": "known_to_a_newer_release", "released": "known_to_a_newer_release zone_unknown"}
    await scene.ledger.connection.redis.hset(f"dialgate:call:{min(ids)}", mapping=newer)
    claimed = {call.id: call for call in (await scene.claims()).calls}
    assert set(claimed) == ids
    assert (claimed[min(ids)].reason, claimed[min(ids)].released) == (None, {Reason.ZONE_UNKNOWN})
