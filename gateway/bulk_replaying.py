"""Replays in bulk: which events are meant, what deciding them anew would do, the order, and one step of it."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from gateway.ids import RandomBytes, new_id
from gateway.ledger import Ledger
from gateway.ledger.records import DeliveryRecord, EventFilter, EventRecord, Transition
from gateway.ledger.replays import EVENTS_AT_MOST, BulkReplay, ReplayStep
from gateway.ledger.stops import Stop, Stoppable
from gateway.model import CallPlan, ContactById, EventState, JsonObject, record
from gateway.ordering import ORDER_SOURCE
from gateway.phones import mask_phone
from gateway.reasons import Reason
from gateway.rehearsal import ask_ledger, rehearse_event
from gateway.rehearsed import Ending, RehearsedCall
from gateway.replaying import NotReplayable, decide_stored
from gateway.rules.rulebook import Rulebook

PHONES_SHOWN = 1_000
_PAGE = 200


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


@record
class ReplayPreview:
    """What it would do now, by the engines that will do it. Calls are counted, and people where it says so.

    `kept`: calls left as they are, because they rang, may have, or still wait. `outcomes`: of calls that would not
    ring now and events without a call, by what becomes of them, e.g. `skipped: do_not_call`, `failed: rule_error`.
    """

    events: tuple[str, ...]  # ids, the newest first
    complete: bool  # False: more events are meant than one order takes
    ring: int  # new calls that would ring now
    wait: int  # new calls that would wait, for whatever reason
    phones: int  # people among those of `ring` and `wait`
    kept: int
    outcomes: Mapping[str, int]
    shown: tuple[str, ...]  # whom: masked phones and contact ids, at most a thousand

    def told(self) -> JsonObject:
        """What is kept of it: counts alone."""
        return {
            "events": len(self.events),
            "complete": self.complete,
            "ring": self.ring,
            "wait": self.wait,
            "phones": self.phones,
            "kept": self.kept,
            "outcomes": dict(self.outcomes),
        }


async def preview(
    ledger: Ledger, rulebook: Rulebook, where: ReplayFilter, *, again: bool, now: datetime
) -> ReplayPreview:
    """Which events are meant, the newest 5,000 at most, and what deciding them anew would do. Changes nothing."""
    tally = _Tally(stops=await ledger.stops.in_force(now=now))
    ids: list[str] = []
    complete = True
    async for event in _meant(ledger, where):
        if len(ids) == EVENTS_AT_MOST:
            complete = False
            break
        ids.append(event.id)
        await _look_at(ledger, rulebook, event, tally, again=again, now=now)
    return tally.preview(tuple(ids), complete=complete)


async def order(
    ledger: Ledger,
    rulebook: Rulebook,
    where: ReplayFilter,
    *,
    by: str,
    again: bool,
    now: datetime,
    random: RandomBytes,
) -> tuple[str, ReplayPreview]:
    """Preview and keep the order, PREVIEWED: nothing is decided before it is approved. With its id."""
    found = await preview(ledger, rulebook, where, again=again, now=now)
    replay_id = new_id("rp", now=now, random=random)
    await ledger.replays.order(
        replay_id,
        found.events,
        by=by,
        again=again,
        where=_told(where),
        preview=found.told(),
        per_minute=rulebook.config.policy.replay.per_minute,
        now=now,
    )
    return replay_id, found


def needs_second_person(order: BulkReplay, rulebook: Rulebook) -> bool:
    """Whether it may ring more phones than one person alone may order; who approves is for the caller to see to."""
    phones = order.preview.get("phones")
    return not isinstance(phones, int) or phones > rulebook.config.policy.replay.approve_above


async def carry_out(ledger: Ledger, rulebook: Rulebook, *, now: datetime) -> ReplayStep | None:
    """One step of an approved order that is due by its pace; None when none is. Safe to be killed, and in several.

    Raises LedgerUnavailable; the step is then taken once more after its lease.
    """
    step = await ledger.replays.take(now=now)
    if step is None:
        return None
    event = await ledger.reads.event(step.event_id)
    delivery = None if event is None else await ledger.reads.delivery(event.delivery_id)
    if event is None or _content_gone(event, delivery):
        await ledger.replays.settle(step, "gone", now=now)
        return step
    try:
        decision = decide_stored(event, delivery, rulebook, now=now)
    except NotReplayable:
        await ledger.replays.settle(step, "gone", now=now)
        return step
    written, _ = await ledger.replays.decide(step, decision, found=event.event, now=now)
    if written is Transition.MISSING:
        await ledger.replays.settle(step, "gone", now=now)
    return step


async def _meant(ledger: Ledger, where: ReplayFilter) -> AsyncIterator[EventRecord]:
    cursor: str | None = None
    index = EventFilter(state=where.state, source=where.source, since=where.since)
    while True:
        events, cursor = await ledger.reads.events(index, limit=_PAGE, cursor=cursor)
        for event in events:
            if where.passes(event):
                yield event
        if cursor is None:
            return


async def _look_at(
    ledger: Ledger, rulebook: Rulebook, event: EventRecord, tally: "_Tally", *, again: bool, now: datetime
) -> None:
    delivery = await ledger.reads.delivery(event.delivery_id)
    try:
        seen = rehearse_event(rulebook, event, delivery, now=now)
    except NotReplayable:
        tally.outcomes["gone"] += 1
        return
    if seen.thin:
        tally.outcomes["its record is fetched first"] += 1
        return
    if seen.state is not EventState.MATCHED:
        tally.outcomes[f"{seen.state.lower()}: {seen.reason or ''}"] += 1
    decision = seen.decision
    if not seen.calls or decision is None:
        return
    seen = await ask_ledger(ledger, rulebook, event.source, seen, now=now)
    would = await ledger.actions.replay(event.id, decision, again=again, dry_run=True, actor="", now=now)
    new = set(would.new) if would is not None else set()
    for call, shown in zip(seen.calls, would.plans if would is not None else (), strict=False):
        tally.count(event.source, call, new=shown["call_id"] in new)


def _content_gone(event: EventRecord, delivery: DeliveryRecord | None) -> bool:
    return event.provider != ORDER_SOURCE and (delivery is None or delivery.body is None)


class _Tally:
    """What would become of the calls looked at so far."""

    def __init__(self, stops: Sequence[Stop]) -> None:
        self._stops = stops
        self._people: dict[str, str] = {}
        self._endings: Counter[Ending] = Counter()
        self._kept = 0
        self.outcomes: Counter[str] = Counter()

    def count(self, source: str, call: RehearsedCall, *, new: bool) -> None:
        """One planned call; `new`: the ledger would make it, or make it READY again."""
        plan = call.plan
        if not new and plan.skip is None:
            self._kept += 1
            return
        stopped = call.would_ring and any(_stops(one, source, plan) for one in self._stops)
        ending = Ending.WAITS if stopped else call.ending
        reason = Reason.STOPPED if stopped else call.reason
        self._endings[ending] += 1
        if ending is not Ending.RINGS:
            self.outcomes[f"{ending.value}: {reason.value if reason else 'delay'}"] += 1
        if ending in {Ending.RINGS, Ending.WAITS}:
            self._people.setdefault(*_person(plan))

    def preview(self, events: tuple[str, ...], *, complete: bool) -> ReplayPreview:
        """The sum."""
        return ReplayPreview(
            events=events,
            complete=complete,
            ring=self._endings[Ending.RINGS],
            wait=self._endings[Ending.WAITS],
            phones=len(self._people),
            kept=self._kept,
            outcomes=dict(self.outcomes),
            shown=tuple(self._people.values())[:PHONES_SHOWN],
        )


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


def _told(where: ReplayFilter) -> JsonObject:
    given = {name: value for name, value in asdict(where).items() if value is not None}
    return {name: value.isoformat() if isinstance(value, datetime) else str(value) for name, value in given.items()}
