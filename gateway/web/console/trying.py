"""Trying a changed text on a delivery: what a form of the workbench means, and what the engine says of it."""

import asyncio
from datetime import datetime

from gateway.contracts import Source
from gateway.errors import ConfigInvalid
from gateway.ledger.records import DeliveryRecord, EventRecord
from gateway.model import ContactById, JsonObject, Request, record
from gateway.phones import mask_phone
from gateway.rehearsal import ask_ledger, posted, rehearse, rehearse_event
from gateway.rehearsed import RehearsedCall, RehearsedEvent
from gateway.replaying import NotReplayable
from gateway.rules.rulebook import Rulebook
from gateway.web.console.visit import Refusal, Visit
from gateway.web.masking import hidden, outline

_KINDS = {"json": "application/json", "form": "application/x-www-form-urlencoded", "xml": "text/xml"}


@record
class Fault:
    """Something wrong with the text: where, what, and the line it is in."""

    line: int
    column: int
    message: str
    text: str


@record
class Tried:
    """What came of it: faults of the text, or why the delivery gives nothing, or its events and their calls.

    `own`: the delivery is what the visitor typed, so that nothing of it needs to be hidden from them.
    """

    faults: tuple[Fault, ...] = ()
    unreadable: str = ""
    events: tuple[RehearsedEvent, ...] = ()
    at: datetime | None = None
    own: bool = True

    def contact(self, call: RehearsedCall) -> JsonObject:
        """Whom the call API would be told of: as typed, or masked."""
        contact = call.plan.contact
        if isinstance(contact, ContactById):
            return {"contactId": contact.contact_id}
        told: JsonObject = {
            "phone": contact.phone if self.own else mask_phone(contact.phone),
            "firstName": contact.first_name if self.own else hidden(contact.first_name),
            "lastName": contact.last_name if self.own else hidden(contact.last_name),
            "email": contact.email if self.own else hidden(contact.email),
            "tags": list(contact.tags) if self.own else outline(list(contact.tags)),
            "fields": dict(contact.fields) if self.own else outline(dict(contact.fields)),
        }
        return {name: value for name, value in told.items() if value}

    def person(self, event: RehearsedEvent) -> JsonObject:
        """What the source's provider read of the person."""
        person = event.event.person
        told: JsonObject = {
            "phone": person.phone if self.own or not person.phone else mask_phone(person.phone),
            "e-mail": person.email if self.own else hidden(person.email),
            "first name": person.first_name if self.own else hidden(person.first_name),
            "last name": person.last_name if self.own else hidden(person.last_name),
            "contact": person.contact_id,
        }
        return {name: value for name, value in told.items() if value}


@record
class Stored:
    """A delivery of the ledger that is tried again, by one of its events."""

    event: EventRecord
    delivery: DeliveryRecord | None


async def draft_of(visit: Visit, text: str) -> Rulebook | tuple[Fault, ...]:
    """The rulebook with this text in it, to be tried; or what is wrong with the text."""
    try:
        return await asyncio.to_thread(visit.front.keeper.draft, text)
    except ConfigInvalid as error:
        lines = text.splitlines()
        return tuple(
            Fault(
                line=problem.line,
                column=problem.column,
                message=problem.message,
                text=lines[problem.line - 1] if 0 < problem.line <= len(lines) else "",
            )
            for problem in error.problems
        )


async def stored(visit: Visit, event_id: str) -> Stored | None:
    """The delivery of an event. Raises Refusal when there is no such event; None: none was meant."""
    if not event_id:
        return None
    reads = visit.front.ledger.reads
    event = await reads.event(event_id)
    if event is None:
        raise Refusal(404, "No such event", "There is no event with this id.")
    return Stored(event=event, delivery=await reads.delivery(event.delivery_id))


async def try_stored(visit: Visit, rulebook: Rulebook, found: Stored, *, now: datetime) -> Tried:
    """A stored delivery's event, decided as a replay would."""
    try:
        event = await asyncio.to_thread(rehearse_event, rulebook, found.event, found.delivery, now=now)
    except NotReplayable as error:
        return Tried(unreadable=str(error), own=False, at=now)
    asked = await ask_ledger(visit.front.ledger, rulebook, found.event.source, event, now=now)
    return Tried(events=(asked,), own=False, at=now)


async def try_typed(visit: Visit, rulebook: Rulebook, *, now: datetime) -> Tried:
    """A delivery that was typed, as if its source's sender had sent it."""
    source = rulebook.sources.get(visit.field("source"))
    if source is None:
        return Tried(unreadable="Choose the source it comes from.", at=now)
    told = await asyncio.to_thread(
        rehearse, rulebook, source, _request(visit, source, now), now=now, authenticate=False
    )
    ledger = visit.front.ledger
    events = [await ask_ledger(ledger, rulebook, source.name, event, now=now) for event in told.events]
    return Tried(events=tuple(events), unreadable=told.unreadable or "", at=now)


def _request(visit: Visit, source: Source, now: datetime) -> Request:
    kind = _KINDS.get(visit.field("kind"), _KINDS["json"])
    return posted(source, visit.form.get("body", "").encode(), headers={"content-type": kind}, now=now)
