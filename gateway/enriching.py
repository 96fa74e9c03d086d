"""The enriching half's stages: a thin event, its record fetched, decided by the same rules as any other."""

from dataclasses import replace
from datetime import datetime

from gateway.bounds import UNBOUND
from gateway.contracts import Source
from gateway.errors import Unreadable
from gateway.ledger.records import DeliveryRecord, EventRecord
from gateway.lookup import Lookup, Unfetched
from gateway.model import Decision, Event, EventState, JsonValue, Person, Request, record
from gateway.parts import Enricher
from gateway.reasons import Reason

_DETAIL = 300


@record
class Gap:
    """Why an event has no record; `again_at`: to be tried once more then."""

    error: str
    reason: Reason = Reason.ENRICHMENT_FAILED
    again_at: datetime | None = None


async def complete(enricher: Enricher, event: EventRecord) -> Event | Gap:
    """The event with its record, and what that says of the person; or why there is none."""
    source = enricher.rulebook().sources.get(event.source)
    if source is None:
        return Gap(error=f"source {event.source} is no longer configured")
    lookup = source.enrich
    if lookup is None or not lookup.completes(event.event):
        return event.event
    given_up = _waiting_since(event) + lookup.retry_for
    if event.tries > 1 and enricher.now() > given_up + enricher.lease:
        return Gap(error=event.error or "no worker could finish fetching the record")
    url = lookup.address(event.event)
    if url is None:
        return Gap(error="the event lacks what the address of its record needs")
    answer = await enricher.fetcher.fetch(lookup, url, not_before=_waiting_since(event))
    if isinstance(answer, Unfetched):
        return _gap(enricher, event, answer, given_up)
    try:
        return _with_record(event.event, lookup, answer.answer)
    except Unreadable as error:
        return Gap(error=str(error)[:_DETAIL])


async def decide(enricher: Enricher, event: EventRecord, found: Event | Gap) -> Decision | None:
    """What the rules say of the completed event, or FAILED; None: it is to be tried again."""
    rulebook = enricher.rulebook()
    if isinstance(found, Gap):
        if found.again_at is not None:
            return None
        return _failed(found.error, found.reason, rulebook.version)
    delivery = await enricher.ledger.reads.delivery(event.delivery_id)
    source: Source | None = rulebook.sources.get(event.source)
    if delivery is None or source is None:
        gone = "the delivery is no longer kept" if delivery is None else f"source {event.source} is gone"
        return _failed(gone, Reason.ENRICHMENT_FAILED, rulebook.version)
    request, since = request_of(delivery), _waiting_since(event)
    return rulebook.match(found, event_id=event.id, source=source, request=request, now=since)


async def settle(enricher: Enricher, event: EventRecord, found: Event | Gap, decision: Decision | None) -> None:
    """Write down what came of it, and wake for the calls that are due."""
    now, intake, order = enricher.now(), enricher.ledger.intake, event.order
    completed = found if isinstance(found, Event) else None
    if decision is None:
        again_at = found.again_at if isinstance(found, Gap) and found.again_at else now
        error = found.error if isinstance(found, Gap) else ""
        await intake.postpone(event.id, enricher.owner, next_at=again_at, error=error, now=now)
        return
    if order is None:
        source = enricher.rulebook().sources.get(event.source)
        bounds = source.bounds if source is not None else UNBOUND
        _, due = await intake.decide(event.id, enricher.owner, decision, now=now, found=completed, bounds=bounds)
    else:
        replayed = await enricher.ledger.actions.replay(
            event.id,
            decision,
            again=order.again,
            dry_run=False,
            actor=order.actor,
            now=now,
            nonce=f"{order.nonce} fetched",
            found=completed,
        )
        due = replayed.new if replayed else ()
    if due:
        enricher.wake(due)


def request_of(delivery: DeliveryRecord) -> Request:
    """The delivery as the request it was. Its address is not kept whole: secrets may stand in it."""
    return Request(
        method=delivery.method,
        url="",
        query=delivery.query,
        headers=delivery.headers,
        body=delivery.body or b"",
        remote=delivery.remote,
        received_at=delivery.received_at,
    )


def _waiting_since(event: EventRecord) -> datetime:
    return event.since or event.received_at


def _failed(error: str, reason: Reason, version: str) -> Decision:
    return Decision(state=EventState.FAILED, reason=reason, error=error, rulebook=version)


def _gap(enricher: Enricher, event: EventRecord, answer: Unfetched, given_up: datetime) -> Gap:
    if answer.missing:
        return Gap(error=answer.error, reason=Reason.RECORD_NOT_FOUND)
    if not answer.again:
        return Gap(error=answer.error)
    doubled = enricher.retry_first * 2 ** min(max(event.tries - 1, 0), 10)
    wait = min(doubled, enricher.retry_longest) * (0.5 + enricher.jitter() / 2)
    again_at = enricher.now() + max(wait, answer.after or wait)
    if again_at > given_up:
        return Gap(error=f"given up after {event.tries} tries: {answer.error}")
    return Gap(error=answer.error, again_at=again_at)


def _with_record(event: Event, lookup: Lookup, answer: JsonValue) -> Event:
    """What the record says of the person counts more than what the event said; what it lacks, the event gives."""
    fetched = lookup.read(answer)
    said, known = lookup.person(fetched), event.person
    person = Person(
        phone=said.phone or known.phone,
        email=said.email or known.email,
        first_name=said.first_name or known.first_name,
        last_name=said.last_name or known.last_name,
        contact_id=said.contact_id or known.contact_id,
    )
    return replace(event, person=person, record=fetched)
