"""What a replay in bulk would do: looked at slice by slice, by the engines that would do it. Changes no call."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from gateway.ids import digest
from gateway.ledger import Ledger
from gateway.ledger.foreseen import Foreseen, PreviewSlice
from gateway.ledger.instants import to_ms
from gateway.ledger.pages import Place, encode_cursor
from gateway.ledger.records import EventFilter, EventRecord
from gateway.ledger.replays import EVENTS_AT_MOST, BulkReplay
from gateway.ledger.stops import Stop, Stoppable
from gateway.model import CallPlan, ContactById, EventState, JsonObject, record
from gateway.phones import mask_phone
from gateway.reasons import Reason
from gateway.rehearsal import ask_ledger, rehearse_event
from gateway.rehearsed import Ending, RehearsedCall
from gateway.replaying import NotReplayable
from gateway.rules.rulebook import Rulebook

RINGS, KEPT, GONE, FETCHED = "rings", "kept", "gone", "its record is fetched first"
_WAITS = f"{Ending.WAITS}: "
_REHEARSED = 50  # meant events of one slice: about half a second's work
_LOOKED_AT = 400  # events of one slice, where few are meant
_LATE = timedelta(hours=1)  # an index has events by when they were stored: so much later than received at most
_NOTHING: Mapping[str, Any] = {"events": 0, "complete": True, "ring": 0, "wait": 0, "phones": 0, "kept": 0}


@record
class ReplayFilter:
    """Which events are meant; what is None does not narrow it."""

    state: EventState | None = None
    source: str | None = None
    reason: str | None = None
    rule: str | None = None  # held, or failed, when the event was last decided
    since: datetime | None = None  # received then or later
    before: datetime | None = None

    def passes(self, event: EventRecord) -> bool:
        """Whether this event is meant. State, source and `since` are the index's business as well."""
        return (
            (self.reason is None or event.reason == self.reason)
            and (self.before is None or event.received_at < self.before)
            and (
                self.rule is None
                or any(said.rule == self.rule and (said.matched or said.error) for said in event.trace)
            )
        )


def nothing_yet() -> JsonObject:
    """The counts of a preview that has looked at nothing."""
    return {**_NOTHING, "outcomes": {}}


async def look(
    ledger: Ledger, rulebook: Rulebook, order: BulkReplay, where: ReplayFilter, *, now: datetime
) -> PreviewSlice:
    """The next slice of an order's preview, bounded however few events are meant. Raises LedgerUnavailable."""
    stops = await ledger.stops.in_force(now=now)
    room = EVENTS_AT_MOST - order.total
    meant, looked, cursor = await _next(ledger, where, order.cursor or None)
    over = len(meant) > room
    looks = (_look_at(ledger, rulebook, one, stops, again=order.again, now=now) for one in meant[:room])
    foreseen = tuple(one for seen in await asyncio.gather(*looks) for one in seen)
    events = tuple(event.id for event in meant[:room])
    counts = _counted(order.preview, len(events), foreseen, complete=not over)
    mine = tuple(_told_apart(one, order.id) for one in foreseen)
    return PreviewSlice(looked_at=looked, events=events, foreseen=mine, counts=counts, cursor=None if over else cursor)


async def foresee(
    ledger: Ledger, rulebook: Rulebook, event: EventRecord, *, again: bool, now: datetime
) -> tuple[Foreseen, ...]:
    """What deciding one event anew would come to. Raises LedgerUnavailable."""
    stops = await ledger.stops.in_force(now=now)
    return tuple(await _look_at(ledger, rulebook, event, stops, again=again, now=now))


def means(asked: str, one: Foreseen) -> bool:
    """Whether a call is among those that a figure counts: everything, `rings`, `waits`, `phones`, or one outcome."""
    if asked == "phones":
        return bool(one.person)
    if asked == "waits":
        return one.outcome.startswith(_WAITS)
    return not asked or one.outcome == asked


async def _next(ledger: Ledger, where: ReplayFilter, cursor: str | None) -> tuple[list[EventRecord], int, str | None]:
    """Meant events, how many were looked at for them, and where to go on."""
    index = EventFilter(state=where.state, source=where.source, since=where.since)
    if cursor is None and where.before is not None:
        cursor = encode_cursor(Place(score=to_ms(where.before + _LATE), id=""))
    meant: list[EventRecord] = []
    looked = 0
    while len(meant) < _REHEARSED and looked < _LOOKED_AT:
        events, cursor = await ledger.reads.events(index, limit=_REHEARSED, cursor=cursor)
        looked += len(events) or cursor is not None  # a slice counts for something: it is known by where it began
        meant += filter(where.passes, events)
        if cursor is None or len(events) < _REHEARSED:  # at the end, or as many records as one page may read
            break
    return meant, looked, cursor


async def _look_at(
    ledger: Ledger, rulebook: Rulebook, event: EventRecord, stops: Sequence[Stop], *, again: bool, now: datetime
) -> list[Foreseen]:
    delivery = await ledger.reads.delivery(event.delivery_id)
    try:
        seen = rehearse_event(rulebook, event, delivery, now=now)
    except NotReplayable:
        return [_without_call(event, GONE)]
    if seen.thin:
        return [_without_call(event, FETCHED)]
    decision = seen.decision
    if not seen.calls or decision is None:
        return [_without_call(event, f"{seen.state.lower()}: {seen.reason or ''}")]
    seen = await ask_ledger(ledger, rulebook, event.source, seen, now=now)
    would = await ledger.actions.replay(event.id, decision, again=again, dry_run=True, actor="", now=now)
    new = set(would.new) if would is not None else set()
    plans = would.plans if would is not None else ()
    found = [
        _of_call(event, call, stops, new=shown["call_id"] in new)
        for call, shown in zip(seen.calls, plans, strict=False)
    ]
    if seen.state is not EventState.MATCHED:
        found.append(_without_call(event, f"{seen.state.lower()}: {seen.reason or ''}"))
    return found


def _without_call(event: EventRecord, outcome: str) -> Foreseen:
    phone = event.event.person.phone
    return Foreseen(
        event_id=event.id,
        source=event.source,
        received_at=event.received_at,
        outcome=outcome,
        who=mask_phone(phone) if phone else "",
    )


def _of_call(event: EventRecord, call: RehearsedCall, stops: Sequence[Stop], *, new: bool) -> Foreseen:
    """One planned call; `new`: the ledger would make it, or make it READY again."""
    plan = call.plan
    stopped = call.would_ring and any(_stops(one, event.source, plan) for one in stops)
    ending = Ending.WAITS if stopped else call.ending
    reason = Reason.STOPPED if stopped else call.reason
    outcome = RINGS if ending is Ending.RINGS else f"{ending}: {reason.value if reason else 'delay'}"
    kept = not new and plan.skip is None
    key, who = _person(plan)
    return Foreseen(
        event_id=event.id,
        source=event.source,
        received_at=event.received_at,
        outcome=KEPT if kept else outcome,
        who=who,
        rule=plan.rule,
        number=plan.number,
        until=None if kept or stopped else call.until,
        person=key if not kept and ending in {Ending.RINGS, Ending.WAITS} else "",
    )


def _told_apart(one: Foreseen, order_id: str) -> Foreseen:
    """With a digest of the person instead of a number; another one in each order."""
    return replace(one, person=digest(order_id, one.person)[:16]) if one.person else one


def _counted(before: Mapping[str, Any], events: int, seen: Sequence[Foreseen], *, complete: bool) -> JsonObject:
    outcomes = Counter(before.get("outcomes", {}))
    outcomes.update(one.outcome for one in seen if one.outcome not in {RINGS, KEPT})
    return {
        "events": before["events"] + events,
        "complete": complete,
        "ring": before["ring"] + sum(one.outcome == RINGS for one in seen),
        "wait": before["wait"] + sum(one.outcome.startswith(_WAITS) for one in seen),
        "kept": before["kept"] + sum(one.outcome == KEPT for one in seen),
        "outcomes": dict(outcomes),
    }


def _person(plan: CallPlan) -> tuple[str, str]:
    """Who it is, and how that is shown."""
    if isinstance(plan.contact, ContactById):
        return f"id:{plan.contact.contact_id}", plan.contact.contact_id
    return f"tel:{plan.contact.phone}", mask_phone(plan.contact.phone)


def _stops(one: Stop, source: str, plan: CallPlan) -> bool:
    names = {
        Stoppable.ACCOUNT: plan.account,
        Stoppable.SOURCE: source,
        Stoppable.RULE: plan.rule,
        Stoppable.NUMBER: plan.number,
    }
    return one.name == names.get(one.what, "")
