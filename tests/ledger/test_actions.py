"""What people order, and what a replay may and may not do."""

from datetime import datetime, timedelta

import pytest
from ledger.scenes import NOW, PLACED, REFUSED, UNCERTAIN, Scene, at, bring, decision, plan

from gateway.ledger.actions import Actions
from gateway.ledger.records import Replay
from gateway.model import CallPlan, CallState, EventState, Outcome
from gateway.reasons import Reason

S = CallState


async def _replay(scene: Scene, call_id: str, *plans: CallPlan, again: bool = False, dry_run: bool = False) -> Replay:
    call = await scene.call(call_id)
    replay = await scene.ledger.actions.replay(
        call.event_id, decision(*plans), again=again, dry_run=dry_run, actor="ann", now=at(5)
    )
    assert replay is not None
    return replay


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("life", "given", "expected"),
    [
        (timedelta(hours=48), None, at(48 * 3600)),
        (timedelta(seconds=90), None, at(100 + 24 * 3600)),
        (timedelta(hours=48), at(3600), at(3600)),
    ],
)
async def test_redial_limits(scene: Scene, life: timedelta, given: datetime | None, expected: datetime) -> None:
    """A redial keeps the call's own limit while that is ahead, else has 24 hours; or what the person said."""
    hold = await scene.claim(await scene.add(life=life))
    await scene.grant(hold)
    await scene.ledger.sweeps.sweep(now=at(60))
    await scene.ledger.actions.resolve(hold.call_id, "redial", actor="ann", now=at(100), expires_at=given)
    call = await scene.call(hold.call_id)
    assert (call.state, call.reason, call.expires_at) == (S.READY, Reason.RESOLVED_REDIAL, expected)
    assert (call.not_before, call.finished_at) == (at(100), None)


@pytest.mark.anyio
async def test_one_order_to_redial_is_carried_out_once(scene: Scene) -> None:
    """An order sent again because its answer was lost finds the call UNKNOWN anew, and leaves it so."""
    hold = await bring(scene, S.UNKNOWN)
    actions = Actions(scene.ledger.connection, nonce=lambda: "one request")
    assert await actions.resolve(hold.call_id, "redial", actor="ann", now=at(5)) == "DONE"
    redial = await scene.claim(hold.call_id, now=at(6))
    assert (await scene.grant(redial, now=at(6))).answer == "GRANTED"
    await scene.ledger.dials.finish(redial, UNCERTAIN, now=at(7))
    assert await actions.resolve(hold.call_id, "redial", actor="ann", now=at(5)) == "REPEATED"
    assert await scene.state(hold.call_id) is S.UNKNOWN
    assert await scene.ledger.actions.resolve(hold.call_id, "redial", actor="ann", now=at(8)) == "DONE"


@pytest.mark.anyio
async def test_one_release_passes_one_hold(scene: Scene) -> None:
    """A release sent again finds the call held for something else, which nobody has looked at yet."""
    hold = await bring(scene, S.HELD)
    actions = Actions(scene.ledger.connection, nonce=lambda: "one request")
    assert await actions.release(hold.call_id, actor="ann", now=at(5)) == "DONE"
    again = await scene.claim(hold.call_id, now=at(6))
    await scene.ledger.dials.hold_back(again, reason=Reason.NO_COMMON_HOURS, now=at(7))
    assert await actions.release(hold.call_id, actor="ann", now=at(5)) == "REPEATED"
    call = await scene.call(hold.call_id)
    assert (call.state, call.released) == (S.HELD, {Reason.ZONE_UNKNOWN})


@pytest.mark.anyio
@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("state", list(CallState))
async def test_replay_from_every_state(scene: Scene, state: CallState, again: bool) -> None:
    """A replay revives what never rang, under its old id, and leaves alone what rang, waits or is under way."""
    hold = await bring(scene, state)
    revived = {S.SKIPPED, S.EXPIRED, S.CANCELLED, S.REJECTED}
    if again:
        revived |= {S.PLACED, S.UNKNOWN, S.CLOSED, S.JOINED}
    would = await _replay(scene, hold.call_id, plan(), again=again, dry_run=True)
    assert await scene.state(hold.call_id) is state
    did = await _replay(scene, hold.call_id, plan(), again=again)
    assert (did.new, did.kept) == (would.new, would.kept)
    assert (did.new, did.kept) == (((hold.call_id,), ()) if state in revived else ((), (hold.call_id,)))
    assert await scene.state(hold.call_id) is (S.READY if state in revived else state)
    await scene.sound(now=at(5))


@pytest.mark.anyio
async def test_replay_again_rings_once_more(scene: Scene) -> None:
    """With `again` the person is rung once more despite the cooldown, on a person's order, and once only."""
    hold = await bring(scene, S.PLACED)
    await _replay(scene, hold.call_id, plan(), again=True)
    redial = await scene.claim(hold.call_id, now=at(6))
    assert (await scene.grant(redial, now=at(6))).answer == "GRANTED"
    await scene.ledger.dials.finish(redial, PLACED, now=at(7))
    assert (await _replay(scene, hold.call_id, plan())).new == ()
    assert (await scene.call(hold.call_id)).attempts == 2
    await scene.sound(now=at(7))


@pytest.mark.anyio
@pytest.mark.parametrize("state", [S.PLACED, S.UNKNOWN, S.READY, S.HELD, S.DIALING, S.CLOSED])
async def test_a_renamed_rule(scene: Scene, state: CallState) -> None:
    """A rule renamed since makes no second call to the person this event already rang or is to ring."""
    hold = await bring(scene, state)
    replay = await _replay(scene, hold.call_id, plan(rule="renamed"))
    assert (replay.new, replay.kept) == ((), (hold.call_id,))
    assert (await scene.ledger.audit.recount(now=at(5))).calls[state] == 1


@pytest.mark.anyio
async def test_a_renamed_rule_again(scene: Scene) -> None:
    """Ordered again, a renamed rule's call is a new one, and the earlier ring does not hold it up."""
    hold = await bring(scene, S.PLACED)
    (new,) = (await _replay(scene, hold.call_id, plan(rule="renamed", now=at(5)), again=True)).new
    redial = await scene.claim(new, now=at(6))
    assert (await scene.grant(redial, now=at(6))).answer == "GRANTED"


@pytest.mark.anyio
@pytest.mark.parametrize(("outcome", "rang"), [(PLACED, True), (UNCERTAIN, True), (REFUSED, False)])
async def test_a_copy_of_a_ring_is_not_rung_by_a_replay(scene: Scene, outcome: Outcome, rang: bool) -> None:
    """A call that joined one that rang stays JOINED, long after the cooldown; with no ring it is free to ring."""
    hold = await scene.dialing()
    copy = await scene.add(now=at(1))
    assert await scene.state(copy) is S.JOINED
    await scene.ledger.dials.finish(hold, outcome, now=at(2))
    replayed = await _replay(scene, copy, plan(now=at(3600)))
    assert (replayed.new, replayed.kept) == ((), (copy,))
    assert await scene.state(copy) is (S.JOINED if rang else S.READY)
    ordered = await _replay(scene, copy, plan(now=at(3600)), again=True)
    assert ordered.new == ((copy,) if rang else ())
    await scene.sound(now=at(3600))


@pytest.mark.anyio
async def test_replay_after_a_fix(scene: Scene) -> None:
    """An event that failed gets its calls once the rule is fixed; two to one person make one ring."""
    event_id = (await scene.accept(state=EventState.FAILED)).event_id
    made = decision(plan(), plan(rule="other"), plan("+14155550102", ordinal=1))
    first = await scene.ledger.actions.replay(event_id, made, again=False, dry_run=False, actor="ann", now=NOW)
    assert first is not None
    states = [await scene.state(call_id) for call_id in first.new]
    assert states == [S.READY, S.JOINED, S.READY]
    event = await scene.ledger.reads.event(event_id)
    assert event is not None
    assert (event.state, event.call_ids) == (EventState.MATCHED, first.new)
    assert [(line.reason, line.by) for line in event.timeline][-1] == (Reason.REPLAYED, "ann")
    assert {shown["call_id"] for shown in first.plans} == set(first.new)
    second = await scene.ledger.actions.replay(event_id, made, again=False, dry_run=False, actor="ann", now=NOW)
    assert second is not None
    assert (second.new, second.kept) == ((), first.new)
    await scene.sound()


@pytest.mark.anyio
async def test_a_replay_that_waits_for_its_record_is_carried_out_once(scene: Scene) -> None:
    """Ordered again it is RECEIVED with its calls; two workers that both fetched make one ring under one order."""
    hold = await bring(scene, S.PLACED)
    event_id = (await scene.call(hold.call_id)).event_id
    actions, waits = scene.ledger.actions, decision(state=EventState.RECEIVED)
    await actions.replay(event_id, waits, again=True, dry_run=False, actor="ann", now=at(5))
    (taken,) = await scene.ledger.intake.claim_events("e1", limit=5, now=at(6), lease=timedelta(seconds=30))
    assert taken.order is not None
    assert (taken.order.actor, taken.order.again, taken.since, taken.tries) == ("ann", True, at(5), 1)
    assert taken.call_ids == (hold.call_id,)
    nonce = f"{taken.order.nonce} fetched"
    answers = [
        await actions.replay(
            event_id, decision(plan()), again=True, dry_run=False, actor="ann", now=at(7 + n), nonce=nonce
        )
        for n in range(2)
    ]
    assert [answer.new for answer in answers if answer] == [(hold.call_id,)] * 2
    await scene.sound()


@pytest.mark.anyio
async def test_replay_of_nothing(scene: Scene) -> None:
    """An event nobody accepted cannot be replayed."""
    made = decision(plan())
    assert await scene.ledger.actions.replay("ev_no", made, again=True, dry_run=False, actor="a", now=NOW) is None


@pytest.mark.anyio
async def test_replay_takes_the_new_plan(scene: Scene) -> None:
    """A revived call is made as the rules now say: number, limit, priority; and an undecided event is decided."""
    hold = await bring(scene, S.REJECTED)
    await _replay(scene, hold.call_id, plan(account="second", life=timedelta(hours=1), wait=timedelta(minutes=1)))
    call = await scene.call(hold.call_id)
    assert (call.account, call.expires_at, call.not_before) == ("second", at(3600), at(60))
    assert (call.unsent, call.leader, call.verdicts) == (0, None, ())


@pytest.mark.anyio
async def test_replay_keeps_a_plan_that_may_not_ring(scene: Scene) -> None:
    """A plan that would be skipped anyway revives nothing."""
    hold = await bring(scene, S.SKIPPED)
    replay = await _replay(scene, hold.call_id, plan(skip=Reason.PHONE_PREMIUM), again=True)
    assert (replay.new, replay.kept) == ((), (hold.call_id,))


@pytest.mark.anyio
async def test_late_refusal_after_a_redial_counts_right(scene: Scene) -> None:
    """Attempts add up through unsent, refused, redialled and replayed ones."""
    hold = await bring(scene, S.REJECTED)
    for second in range(3):
        await _replay(scene, hold.call_id, plan())
        hold = await scene.claim(hold.call_id, now=at(6 + second))
        await scene.grant(hold, now=at(6 + second))
        await scene.ledger.dials.finish(hold, REFUSED, now=at(6 + second))
    assert (await scene.call(hold.call_id)).attempts == 4
    await scene.sound(now=at(9))
