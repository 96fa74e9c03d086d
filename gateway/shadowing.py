"""A changed rulebook beside the one in force, over real events of the ledger: what it would do differently.

Both decide the same events at the same instants, when they came in, and every guard that only looks is asked for both;
the do-not-call list and the registries are today's. Nothing is written, sent or scanned.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from gateway.ledger import Ledger
from gateway.ledger.records import EventFilter, EventRecord
from gateway.model import CallPlan, ContactById, EventState, record
from gateway.phones import mask_phone
from gateway.reasons import Reason
from gateway.rehearsal import ask_ledger, rehearse_event
from gateway.rehearsed import Ending, RehearsedCall, RehearsedEvent
from gateway.replaying import NotReplayable
from gateway.rules.rulebook import Rulebook

STEP_AT_MOST = 200
MOST = 100_000  # events one comparison looks at


class Change(StrEnum):
    """How an event would be decided differently."""

    NEW = "new"  # somebody would be called who is not
    GONE = "gone"  # somebody would no longer be called
    WHEN = "when"  # at another time: now instead of waiting, or until another instant
    NUMBER = "number"
    RULE = "rule"
    FAILING = "failing"  # the event would newly fail
    MENDED = "mended"  # it failed, and would no longer


@record
class Outlook:
    """What would become of one call; `person` is a masked phone or a contact's id."""

    person: str
    rule: str
    number: str
    ending: Ending
    until: datetime | None = None
    reason: Reason | None = None


@record
class Difference:
    """One event that would be decided differently, for one of its people, or as a whole (FAILING, MENDED)."""

    event_id: str
    source: str
    received_at: datetime
    changes: tuple[Change, ...]
    before: Outlook | None = None
    after: Outlook | None = None
    error: str | None = None  # of the side that fails


@record
class ShadowFilter:
    """Which events are compared, the newest first."""

    source: str | None = None
    since: datetime | None = None


@record
class ShadowStep:
    """What one bounded step found. `not_kept`: events whose content or source is gone. `cursor` None: the end."""

    looked_at: int
    unchanged: int
    not_kept: int
    differences: tuple[Difference, ...]
    cursor: str | None


async def compare(
    ledger: Ledger, in_force: Rulebook, changed: Rulebook, where: ShadowFilter, *, limit: int, cursor: str | None
) -> ShadowStep:
    """Up to `limit` events, both ways. Raises ValueError for a cursor that is not ours, LedgerUnavailable."""
    asked = EventFilter(source=where.source, since=where.since)
    events, cursor = await ledger.reads.events(asked, limit=min(limit, STEP_AT_MOST), cursor=cursor)
    found: list[Difference] = []
    unchanged = not_kept = 0
    for event in events:
        differences = await _differences(ledger, in_force, changed, event)
        if differences is None:
            not_kept += 1
        elif not differences:
            unchanged += 1
        else:
            found += differences
    return ShadowStep(
        looked_at=len(events), unchanged=unchanged, not_kept=not_kept, differences=tuple(found), cursor=cursor
    )


async def _differences(
    ledger: Ledger, in_force: Rulebook, changed: Rulebook, event: EventRecord
) -> list[Difference] | None:
    """None where one of the two cannot decide it: its content is no longer kept, or its source is in neither."""
    delivery, now = await ledger.reads.delivery(event.delivery_id), event.received_at
    try:
        looked = [rehearse_event(book, event, delivery, now=now) for book in (in_force, changed)]
    except NotReplayable:
        return None
    before, after = [
        await ask_ledger(ledger, book, event.source, one, now=now)
        for book, one in zip((in_force, changed), looked, strict=True)
    ]
    return [*_as_a_whole(event, before, after), *_by_person(event, before, after)]


def _as_a_whole(event: EventRecord, before: RehearsedEvent, after: RehearsedEvent) -> list[Difference]:
    failed = [one.state is EventState.FAILED for one in (before, after)]
    if failed[0] == failed[1]:
        return []
    side = after if failed[1] else before
    error = side.decision.error if side.decision is not None else None
    return [_difference(event, (Change.FAILING if failed[1] else Change.MENDED,), error=error)]


def _by_person(event: EventRecord, before: RehearsedEvent, after: RehearsedEvent) -> list[Difference]:
    there, here = _calls_of(before), _calls_of(after)
    found = []
    for person in dict.fromkeys([*there, *here]):
        old, new = there.get(person), here.get(person)
        changes = _changes(old, new)
        if changes:
            found.append(_difference(event, changes, before=_outlook(old), after=_outlook(new)))
    return found


def _changes(old: RehearsedCall | None, new: RehearsedCall | None) -> tuple[Change, ...]:
    called_before, called_after = _called(old), _called(new)
    if called_before != called_after:
        return (Change.NEW,) if called_after else (Change.GONE,)
    if old is None or new is None or not called_after:
        return ()  # nobody's phone rings either way, for whatever reason
    differs = {
        Change.WHEN: (old.ending, old.until) != (new.ending, new.until),
        Change.NUMBER: old.plan.number != new.plan.number,
        Change.RULE: old.plan.rule != new.plan.rule,
    }
    return tuple(change for change, so in differs.items() if so)


def _called(call: RehearsedCall | None) -> bool:
    return call is not None and call.ending is not Ending.SKIPPED


def _calls_of(event: RehearsedEvent) -> Mapping[str, RehearsedCall]:
    """The calls by person, of several to one the one that comes first to a ring: the others would join it."""
    found: dict[str, RehearsedCall] = {}
    for call in event.calls:
        key = _person_key(call.plan)
        if key not in found or (not _called(found[key]) and _called(call)):
            found[key] = call
    return found


def _person_key(plan: CallPlan) -> str:
    if isinstance(plan.contact, ContactById):
        return f"id:{plan.contact.contact_id}"
    return f"tel:{plan.contact.phone}"


def _outlook(call: RehearsedCall | None) -> Outlook | None:
    if call is None:
        return None
    return Outlook(
        person=person_shown(call.plan),
        rule=call.plan.rule,
        number=call.plan.number,
        ending=call.ending,
        until=call.until,
        reason=call.reason,
    )


def person_shown(plan: CallPlan) -> str:
    """Whom a plan would ring, as may be shown: a masked phone, or the contact's id."""
    contact = plan.contact
    return contact.contact_id if isinstance(contact, ContactById) else mask_phone(contact.phone)


def _difference(
    event: EventRecord,
    changes: tuple[Change, ...],
    *,
    before: Outlook | None = None,
    after: Outlook | None = None,
    error: str | None = None,
) -> Difference:
    return Difference(
        event_id=event.id,
        source=event.source,
        received_at=event.received_at,
        changes=changes,
        before=before,
        after=after,
        error=error,
    )
