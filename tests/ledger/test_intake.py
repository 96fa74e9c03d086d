"""Accepting: one write, one answer per event, duplicates named, and everything in its first state."""

from dataclasses import replace
from datetime import timedelta

import pytest
from ledger.scenes import COOLDOWN, NOW, Scene, at, decision, plan

from gateway.bounds import Bounds, Ceiling
from gateway.ids import derived_id, digest
from gateway.ledger.encoding import call_id
from gateway.ledger.records import Transition
from gateway.model import CallState, Decision, EventState, Person, RuleTrace
from gateway.reasons import Reason

LEASE = timedelta(seconds=30)
S = CallState


@pytest.mark.anyio
async def test_everything_is_stored(scene: Scene) -> None:
    """What was accepted can be read back whole: delivery, event with payload and trace, call."""
    delivery = scene.delivery(body=b"x" * 5000)
    trace = (RuleTrace(rule="demo", matched=True, detail="because"),)
    event = scene.event(replace(decision(plan()), trace=trace))
    (accepted,) = await scene.ledger.intake.accept(delivery, [event], now=NOW)
    stored = await scene.ledger.reads.delivery(delivery.id)
    assert stored is not None
    assert (stored.body, stored.size, stored.event_ids) == (delivery.body, 5000, (event.id,))
    assert (stored.headers, stored.method, stored.scheme) == (delivery.headers, "POST", "none")
    record = await scene.ledger.reads.event(event.id)
    assert record is not None
    assert (record.event, record.trace, record.rulebook) == (event.event, trace, "v1")
    assert record.call_ids == accepted.call_ids == (derived_id("call", event.id, "demo", "0"),)
    call = await scene.call(accepted.call_ids[0])
    assert (call.event_id, call.delivery_id, call.rule, call.number) == (event.id, delivery.id, "demo", "east")
    assert (call.contact, call.person_keys) == (plan().contact, plan().person_keys)
    assert (call.not_before, call.expires_at, call.received_at) == (NOW, at(86400), NOW)


@pytest.mark.anyio
async def test_the_same_delivery_twice(scene: Scene) -> None:
    """A repeated write gets the first answer, and nothing is there twice."""
    delivery, event = scene.delivery(), scene.event(decision(plan(), plan("+14155550101", ordinal=1)))
    first = await scene.ledger.intake.accept(delivery, [event], now=NOW)
    assert await scene.ledger.intake.accept(delivery, [event], now=at(1)) == first
    audit = await scene.ledger.audit.recount(now=NOW)
    assert (audit.deliveries, audit.events["MATCHED"], audit.calls["READY"], audit.broken) == (1, 1, 2, ())
    record = await scene.ledger.reads.event(event.id)
    assert record is not None
    assert record.duplicates == 0


@pytest.mark.anyio
@pytest.mark.parametrize(("seconds", "duplicate"), [(0, True), (7 * 86400 - 1, True), (7 * 86400, False)])
async def test_dedupe_window(scene: Scene, seconds: int, duplicate: bool) -> None:
    """Within its window the same key is the same event and names the first; after it, a new one."""
    first, again = (scene.event(decision(plan()), key="k") for _ in range(2))
    await scene.ledger.intake.accept(scene.delivery(), [first], now=NOW)
    delivery = scene.delivery()
    (answer,) = await scene.ledger.intake.accept(delivery, [again], now=at(seconds))
    assert answer.duplicate is duplicate
    assert answer.event_id == (first.id if duplicate else again.id)
    record = await scene.ledger.reads.event(first.id)
    assert record is not None
    assert record.duplicates == int(duplicate)
    stored = await scene.ledger.reads.delivery(delivery.id)
    assert stored is not None
    assert stored.event_ids == (answer.event_id,)
    await scene.sound(now=at(seconds))


@pytest.mark.anyio
async def test_duplicates_inside_one_delivery(scene: Scene) -> None:
    """A batch that holds the same event twice makes it once."""
    events = [scene.event(decision(plan()), key="same"), scene.event(decision(plan()), key="same")]
    first, second = await scene.ledger.intake.accept(scene.delivery(), events, now=NOW)
    assert (first.duplicate, second.duplicate, second.event_id) == (False, True, first.event_id)
    assert second.call_ids == first.call_ids


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("made", "state", "reason", "due"),
    [
        (plan(), S.READY, None, True),
        (plan(wait=timedelta(hours=1)), S.READY, None, False),
        (plan(skip=Reason.PHONE_INVALID), S.SKIPPED, Reason.PHONE_INVALID, False),
    ],
)
async def test_first_states(scene: Scene, made: object, state: CallState, reason: Reason | None, due: bool) -> None:
    """A plan is READY, due or not, or SKIPPED at once with its reason; only what is due is worth a wake-up."""
    accepted = await scene.accept(made)
    call = await scene.call(accepted.call_ids[0])
    assert (call.state, call.reason) == (state, reason)
    assert accepted.due_call_ids == (accepted.call_ids if due else ())
    await scene.sound()


@pytest.mark.anyio
@pytest.mark.parametrize("state", [EventState.IGNORED, EventState.FAILED])
async def test_events_without_calls(scene: Scene, state: EventState) -> None:
    """An event that starts no call keeps its reason and its error."""
    made = Decision(state=state, reason=Reason.RULE_ERROR, error="no such key")
    event = scene.event(made)
    (answer,) = await scene.ledger.intake.accept(scene.delivery(), [event], now=NOW)
    record = await scene.ledger.reads.event(event.id)
    assert record is not None
    assert (answer.state, answer.call_ids) == (state, ())
    assert (record.state, record.reason, record.error) == (state, Reason.RULE_ERROR, "no such key")


@pytest.mark.anyio
async def test_ceiling(scene: Scene) -> None:
    """Over the ceiling calls are held, not lost; joined, skipped and held ones do not count; the window slides."""
    ceiling = Bounds(ceiling=Ceiling(limit=2, window=timedelta(hours=1)))
    people = ["+14155550101", "+14155550101", "+14155550102", "+14155550103", "+14155550104"]
    states = []
    for person in people:
        accepted = await scene.accept(plan(person), bounds=ceiling)
        states.append(await scene.state(accepted.call_ids[0]))
    assert states == [S.READY, S.JOINED, S.READY, S.HELD, S.HELD]
    held = await scene.call(accepted.call_ids[0])
    assert held.reason is Reason.SOURCE_CEILING
    other = await scene.accept(plan("+14155550105"), bounds=ceiling, source="other")
    assert await scene.state(other.call_ids[0]) is S.READY
    later = await scene.accept(plan("+14155550106", now=at(3600)), now=at(3600), bounds=ceiling)
    assert await scene.state(later.call_ids[0]) is S.READY
    await scene.sound()


@pytest.mark.anyio
async def test_thousands_of_events_in_one_delivery(scene: Scene) -> None:
    """A delivery with more events than a Lua call takes arguments is stored whole."""
    nothing = Decision(state=EventState.IGNORED, reason=Reason.NO_RULE_MATCHED)
    events = [scene.event(nothing) for _ in range(9000)]
    answers = await scene.ledger.intake.accept(scene.delivery(), events, now=NOW)
    assert len({answer.event_id for answer in answers}) == 9000


async def _received(scene: Scene) -> str:
    return (await scene.accept(state=EventState.RECEIVED)).event_id


@pytest.mark.anyio
async def test_decide(scene: Scene) -> None:
    """An event accepted undecided is leased, decided once, and its calls are due."""
    event_id = await _received(scene)
    (record,) = await scene.ledger.intake.claim_events("e1", limit=5, now=NOW, lease=LEASE)
    assert (record.id, record.state, record.event.payload) == (event_id, EventState.RECEIVED, {"n": event_id})
    assert await scene.ledger.intake.claim_events("e2", limit=5, now=NOW, lease=LEASE) == ()
    answer, due = await scene.ledger.intake.decide(event_id, "e1", decision(plan()), now=at(1))
    assert (answer, due) == (Transition.DONE, (derived_id("call", event_id, "demo", "0"),))
    assert await scene.ledger.intake.decide(event_id, "e1", decision(plan()), now=at(2)) == (Transition.REPEATED, due)
    assert await scene.ledger.intake.decide(event_id, "e2", decision(), now=at(2)) == (Transition.WRONG_STATE, ())
    decided = await scene.ledger.reads.event(event_id)
    assert decided is not None
    assert (decided.state, decided.decided_at, decided.call_ids) == (EventState.MATCHED, at(1), due)
    await scene.sound()


@pytest.mark.anyio
async def test_an_events_lease_runs_out(scene: Scene) -> None:
    """An event whose worker vanished is handed out again, and the late worker is STALE."""
    event_id = await _received(scene)
    await scene.ledger.intake.claim_events("e1", limit=5, now=NOW, lease=LEASE)
    (record,) = await scene.ledger.intake.claim_events("e2", limit=5, now=at(30), lease=LEASE)
    assert record.id == event_id
    assert await scene.ledger.intake.decide(event_id, "e1", decision(plan()), now=at(31)) == (Transition.STALE, ())
    assert (await scene.ledger.intake.decide("ev_none", "e1", decision(), now=NOW))[0] is Transition.MISSING


@pytest.mark.anyio
async def test_postpone(scene: Scene) -> None:
    """A postponed event comes back at its time with the error that stood in its way."""
    intake = scene.ledger.intake
    event_id = await _received(scene)
    await intake.claim_events("e1", limit=5, now=NOW, lease=LEASE)
    answers = [
        await intake.postpone(event_id, owner, next_at=at(90), error="503 from the CRM", now=NOW)
        for owner in ("e2", "e1", "e1", "e2")
    ]
    assert answers == [Transition.STALE, Transition.DONE, Transition.REPEATED, Transition.STALE]
    assert await intake.claim_events("e1", limit=5, now=at(89), lease=LEASE) == ()
    (record,) = await intake.claim_events("e1", limit=5, now=at(90), lease=LEASE)
    assert record.error == "503 from the CRM"
    await intake.decide(event_id, "e1", decision(), now=at(91))
    assert await intake.postpone(event_id, "e1", next_at=NOW, error="", now=NOW) is Transition.WRONG_STATE
    assert await intake.postpone("ev_none", "e1", next_at=NOW, error="", now=NOW) is Transition.MISSING


@pytest.mark.anyio
async def test_what_was_fetched_is_kept_with_the_event(scene: Scene) -> None:
    """The record and what it says of the person are read back; each taking up of the event is counted."""
    event_id = await _received(scene)
    await scene.ledger.intake.claim_events("e1", limit=5, now=NOW, lease=LEASE)
    (taken,) = await scene.ledger.intake.claim_events("e2", limit=5, now=at(30), lease=LEASE)
    assert (taken.tries, taken.since, taken.order, taken.event.record) == (2, NOW, None, None)
    found = replace(taken.event, person=Person(phone="+14155550101"), record={"phone": "+14155550101"})
    await scene.ledger.intake.decide(event_id, "e2", decision(plan()), now=at(31), found=found)
    kept = await scene.ledger.reads.event(event_id)
    assert kept is not None
    assert kept.event == found
    await scene.sound()


@pytest.mark.anyio
async def test_two_rules_one_person(scene: Scene) -> None:
    """Two rules that match one event make one ring: the second call joins the first in the same write."""
    accepted = await scene.accept(plan(), plan(rule="other"))
    first, second = accepted.call_ids
    assert (await scene.call(second)).leader == first
    assert (await scene.call(first)).joined == (second,)
    assert accepted.due_call_ids == (first,)
    assert (await scene.call(second)).cooldown == COOLDOWN


def test_calls_of_an_earlier_releases_event_keep_their_ids() -> None:
    """Replayed after an upgrade, an event finds the calls it made: another id would be another ring."""
    earlier, meant = "ev_" + "0a" * 16, plan(ordinal=3)
    assert call_id(earlier, meant) == "call_" + digest(earlier, meant.rule, "3")[:32]
    assert call_id(derived_id("ev", "dl_1", "0"), meant) != call_id(earlier, meant)
    assert len(call_id(derived_id("ev", "dl_1", "0"), meant)) == len("call_") + 20
