"""Finding leads by the ledger's indexes: bounded looks, newest first, that say how far they looked."""

import re
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from gateway.do_not_call import read_subject
from gateway.ledger import Ledger
from gateway.ledger.instants import to_ms
from gateway.ledger.pages import Place, encode_cursor
from gateway.ledger.records import Call, CallFilter, EventFilter, EventRecord
from gateway.model import ContactFields, EventState, Person, record
from gateway.web.console.leads import Lead, lead_of_call, leads_of
from gateway.web.console.wanted import Wanted

FIRST, CHUNK = 50, 75  # where an index alone decides, the first records are the page
LOOKED_AT = 125  # records for one page: what keeps a search without an index of its own within 200 ms
WITHOUT_CALL = 200  # events of each kind that came to no call, looked through for a person
_MATCHED_DIGITS = 7


@record
class Hit:
    """One line found; `phone` in full, for an export that may have it."""

    lead: Lead
    phone: str


@record
class Found:
    """One page. `cursor` None: the end; `looked_at` records, back to `back_to`, which may have found fewer."""

    hits: tuple[Hit, ...]
    cursor: str | None
    looked_at: int
    back_to: datetime | None


async def find(ledger: Ledger, wanted: Wanted, *, cursor: str | None = None, enough: int = 50) -> Found:
    """One page: at least `enough` lines, unless there are no more or the bound is reached.

    Raises ValueError for a cursor that is not ours, or a person that cannot be.
    """
    if wanted.kind == "email":
        return await _by_email(ledger, wanted)
    hits: list[Hit] = []
    looked, back_to, on = 0, None, None
    if wanted.kind and cursor is None:
        hits += await _without_call(ledger, wanted)
    start = cursor or (encode_cursor(Place(score=to_ms(wanted.until), id="")) if wanted.until else None)
    async for chunk, lines, on in _chunks(ledger, wanted, start):
        hits += [hit for hit in lines if wanted.passes(hit.lead)]
        looked += chunk
        back_to = lines[-1].lead.at if lines else back_to
        if len(hits) >= enough or looked >= LOOKED_AT or on is None:
            break
    ordered = sorted(hits, key=lambda hit: hit.lead.at, reverse=True)
    return Found(hits=tuple(ordered), cursor=on, looked_at=looked, back_to=back_to)


async def _chunks(
    ledger: Ledger, wanted: Wanted, cursor: str | None
) -> AsyncIterator[tuple[int, list[Hit], str | None]]:
    """How many records, their lines, and where to go on: calls where an index of calls is narrower, else events."""
    by_calls, limit = bool(wanted.kind) or wanted.call_state is not None, FIRST
    while True:
        if by_calls:
            where = CallFilter(
                state=wanted.call_state,
                source=wanted.source or None,
                contact=wanted.value or None,
                since=wanted.since,
            )
            calls, cursor = await ledger.reads.calls(where, limit=limit, cursor=cursor, whole=False)
            yield len(calls), [_of_call(call) for call in calls], cursor
        else:
            meant = EventFilter(state=wanted.event_state, source=wanted.source or None, since=wanted.since)
            events, cursor = await ledger.reads.events(meant, limit=limit, cursor=cursor, whole=False)
            yield len(events), await _of_events(ledger, events), cursor
        if cursor is None:
            return
        limit = CHUNK


async def _by_email(ledger: Ledger, wanted: Wanted) -> Found:
    ids = await ledger.do_not_call.calls_known_by(read_subject("email", wanted.value))
    calls = (await ledger.reads.calls_by_id(ids)).values()
    hits = [_of_call(call) for call in calls if wanted.spans(call)] + await _without_call(ledger, wanted)
    passing = sorted((hit for hit in hits if wanted.passes(hit.lead)), key=lambda hit: hit.lead.at, reverse=True)
    return Found(hits=tuple(passing), cursor=None, looked_at=len(hits), back_to=None)


async def _without_call(ledger: Ledger, wanted: Wanted) -> list[Hit]:
    """Of the newest events that came to no call, those of the person looked for. No index has them by person."""
    found: list[Hit] = []
    for state in (EventState.IGNORED, EventState.FAILED):
        where = EventFilter(state=state, source=wanted.source or None, since=wanted.since)
        events, _ = await ledger.reads.events(where, limit=WITHOUT_CALL, whole=False)
        ours = [event for event in events if not event.call_ids and _is_of(event.event.person, wanted)]
        found += [hit for hit in await _of_events(ledger, ours) if wanted.passes(hit.lead)]
    return found


def _is_of(person: Person, wanted: Wanted) -> bool:
    if wanted.kind == "phone":
        digits = re.sub(r"\D", "", person.phone or "")
        return len(digits) >= _MATCHED_DIGITS and wanted.value.endswith(digits[-_MATCHED_DIGITS:])
    given = person.email if wanted.kind == "email" else person.contact_id
    return (given or "").strip().lower() == wanted.value.lower()


def _of_call(call: Call) -> Hit:
    return Hit(lead=lead_of_call(call), phone=call.contact.phone if isinstance(call.contact, ContactFields) else "")


async def _of_events(ledger: Ledger, events: Sequence[EventRecord]) -> list[Hit]:
    calls = await ledger.reads.calls_by_id([call_id for event in events for call_id in event.call_ids])
    phones = {event.id: event.event.person.phone or "" for event in events}
    return [
        _of_call(calls[lead.call_id]) if lead.call_id else Hit(lead=lead, phone=phones[lead.event_id])
        for lead in leads_of(events, calls)
    ]
