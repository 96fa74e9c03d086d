"""Replays in bulk: the order, its preview slice by slice, and one step of carrying it out."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from gateway.errors import RecordDamaged
from gateway.ids import RandomBytes, new_id
from gateway.ledger import Ledger
from gateway.ledger.foreseen import Foreseen
from gateway.ledger.records import DeliveryRecord, EventRecord, Transition
from gateway.ledger.replays import BulkReplay, ReplayState, ReplayStep
from gateway.model import EventState, JsonObject, record
from gateway.ordering import ORDER_SOURCE
from gateway.replay_preview import ReplayFilter, look, means, nothing_yet
from gateway.replaying import NotReplayable, decide_stored
from gateway.rules.rulebook import Rulebook

PHONES_SHOWN = 1_000
_PAGE = 500


@record
class Seen:
    """One page of what a preview said of single calls. `start` None: there is no more."""

    calls: tuple[Foreseen, ...]
    start: int | None


async def order(
    ledger: Ledger,
    rulebook: Rulebook,
    where: ReplayFilter,
    *,
    by: str,
    again: bool,
    now: datetime,
    random: RandomBytes,
) -> BulkReplay:
    """Keep an order and take the first look at what it would do. Nothing is decided before it is approved.

    It is PREVIEWING while more events are to be looked at, by `look_on`, and then PREVIEWED.
    """
    replay_id = new_id("rp", now=now, random=random)
    await ledger.replays.order(
        replay_id,
        by=by,
        again=again,
        where=_told(where),
        preview=nothing_yet(),
        per_minute=rulebook.config.policy.replay.per_minute,
        now=now,
    )
    return await look_on(ledger, rulebook, await _kept(ledger, replay_id), now=now)


async def look_on(ledger: Ledger, rulebook: Rulebook, order: BulkReplay, *, now: datetime) -> BulkReplay:
    """One more bounded look; an order that is not PREVIEWING stays as it is. Any number may look at once."""
    if order.state is ReplayState.PREVIEWING:
        seen = await look(ledger, rulebook, order, _meant(order.where), now=now)
        await ledger.replays.look(order, seen, now=now)
    return await _kept(ledger, order.id)


async def seen_calls(ledger: Ledger, replay_id: str, outcome: str, *, limit: int, start: int = 0) -> Seen:
    """The calls behind a figure of the preview (replay_preview.means), in the order of their events."""
    found, on = await ledger.replays.foreseen(
        replay_id, means=lambda one: means(outcome, one), limit=limit, start=start
    )
    return Seen(calls=found, start=on)


async def phones_of(ledger: Ledger, replay_id: str) -> tuple[str, ...]:
    """Whom it would ring, now or later: masked phones and contact ids, at most a thousand, each person once."""
    people: dict[str, str] = {}
    start: int | None = 0
    while start is not None and len(people) < PHONES_SHOWN:
        page = await seen_calls(ledger, replay_id, "phones", limit=_PAGE, start=start)
        people |= {one.person: one.who for one in page.calls if one.person not in people}
        start = page.start
    return tuple(people.values())[:PHONES_SHOWN]


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
    try:
        event, delivery = await _stored(ledger, step)
        decision = decide_stored(event, delivery, rulebook, now=now)
    except (NotReplayable, RecordDamaged):
        await ledger.replays.settle(step, "gone", now=now)
        return step
    written, _ = await ledger.replays.decide(step, decision, found=event.event, now=now)
    if written is Transition.MISSING:
        await ledger.replays.settle(step, "gone", now=now)
    return step


async def _stored(ledger: Ledger, step: ReplayStep) -> tuple[EventRecord, DeliveryRecord | None]:
    """What a step decides anew. Raises NotReplayable where it is no longer kept, RecordDamaged."""
    event = await ledger.reads.event(step.event_id)
    delivery = None if event is None else await ledger.reads.delivery(event.delivery_id)
    if event is None or _content_gone(event, delivery):
        raise NotReplayable("it is no longer kept")
    return event, delivery


async def _kept(ledger: Ledger, replay_id: str) -> BulkReplay:
    found = await ledger.replays.find(replay_id)
    if found is None:
        raise LookupError(f"no order {replay_id}, which was written a moment ago")
    return found


def _content_gone(event: EventRecord, delivery: DeliveryRecord | None) -> bool:
    return event.provider != ORDER_SOURCE and (delivery is None or delivery.body is None)


def _told(where: ReplayFilter) -> JsonObject:
    given = {name: value for name, value in asdict(where).items() if value is not None}
    return {name: value.isoformat() if isinstance(value, datetime) else str(value) for name, value in given.items()}


def _meant(told: Mapping[str, Any]) -> ReplayFilter:
    """The filter that an order was given."""
    instants = {name: datetime.fromisoformat(told[name]) for name in ("since", "before") if name in told}
    state = EventState(told["state"]) if "state" in told else None
    return ReplayFilter(**{**told, **instants, "state": state})
