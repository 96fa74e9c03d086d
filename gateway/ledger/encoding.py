"""Records → what the scripts are given: flat fields they decide by, and opaque JSON that only Python reads."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from gateway.bounds import Bounds
from gateway.do_not_call import subjects_of
from gateway.ids import derived_id, digest, earlier_derived_id
from gateway.ledger.instants import span_ms, to_ms
from gateway.ledger.packing import pack, seal
from gateway.model import (
    CallPlan,
    Consent,
    Contact,
    ContactById,
    DecidedEvent,
    Decision,
    Delivery,
    Event,
    Person,
    Verdict,
    record,
)
from gateway.phone_ranges import range_of
from gateway.subjects import Subject

_KEY_CHARACTERS = 24  # 96 bits of SHA-256: short keys, no accidental meetings
_EARLIER_EVENT_ID = len("ev_") + 32  # characters; today's are shorter
_PRIORITY_STEP = 10**13  # more than any instant in milliseconds until the year 2286


def person_key(key: str) -> str:
    """A person key as the indexes have it: no phone number in a key name."""
    return digest(key)[:_KEY_CHARACTERS]


def contact_key(contact: str) -> str:
    """A contact id or E.164 number as the contact index has it."""
    return digest(contact)[:_KEY_CHARACTERS]


def subject_key(subject: Subject) -> str:
    """An entry of the do-not-call list by its kind and a digest."""
    return f"{subject.kind}:{digest(subject.kind, subject.value)[:_KEY_CHARACTERS]}"


def subject_fields(subject: Subject) -> dict[str, str]:
    """A subject as the scripts list it."""
    return {"key": subject_key(subject), "kind": subject.kind, "value": subject.value}


def call_id(event_id: str, plan: CallPlan) -> str:
    """A call's id: the same event, rule and ordinal always give the same call, by whatever release it was accepted."""
    derived = earlier_derived_id if len(event_id) == _EARLIER_EVENT_ID else derived_id
    return derived("call", event_id, plan.rule, str(plan.ordinal))


def dumps(value: object) -> str:
    """Compact JSON text."""
    return orjson.dumps(value).decode()


def contact_fields(contact: Contact) -> dict[str, Any]:
    """A contact as JSON; only what is set."""
    if isinstance(contact, ContactById):
        return {"id": contact.contact_id}
    fields: dict[str, Any] = {"phone": contact.phone}
    for name in ("first_name", "last_name", "email"):
        if getattr(contact, name) is not None:
            fields[name] = getattr(contact, name)
    if contact.tags:
        fields["tags"] = list(contact.tags)
    if contact.fields:
        fields["fields"] = dict(contact.fields)
    return fields


@record
class Origin:
    """Where a call comes from."""

    event_id: str
    delivery_id: str
    source: str
    provider: str
    received_ms: int


def plan_fields(plan: CallPlan, origin: Origin) -> dict[str, Any]:
    """A plan as the admission script reads it."""
    contact = plan.contact.contact_id if isinstance(plan.contact, ContactById) else plan.contact.phone
    return {
        "id": call_id(origin.event_id, plan),
        "source": origin.source,
        "account": plan.account,
        "rank": int(plan.priority) * _PRIORITY_STEP + origin.received_ms,
        "not_before": to_ms(plan.not_before),
        "expires_at": to_ms(plan.expires_at),
        "cooldown": span_ms(plan.cooldown),
        "people": " ".join(dict.fromkeys(person_key(key) for key in plan.person_keys)),
        "contacts": contact_key(contact),
        "range": "" if isinstance(plan.contact, ContactById) else range_of(contact),
        "subjects": " ".join(subject_key(subject) for subject in subjects_of(plan.contact, plan.person_keys)),
        "skip": plan.skip or "",
        "skip_detail": plan.skip_detail,
        "notify": "\n".join(plan.notify),
        "plan": f"{plan.number}\n{plan.rule}",
        "data": _plan_data(plan, origin),
    }


def _plan_data(plan: CallPlan, origin: Origin) -> bytes:
    return seal(
        {
            "delivery": origin.delivery_id,
            "provider": origin.provider,
            "rule": plan.rule,
            "ordinal": plan.ordinal,
            "number": plan.number,
            "from": plan.from_number_id,
            **({"numbers": plan.numbers} if plan.numbers else {}),
            "contact": contact_fields(plan.contact),
            "campaign": plan.campaign_id,
            "people": plan.person_keys,
            "regions": plan.regions,
            "zones": plan.zones,
            "consent": _consent(plan.consent),
            "address": plan.address,
            "priority": int(plan.priority),
            "received": origin.received_ms,
        }
    )


def _consent(consent: Consent | None) -> dict[str, Any] | None:
    if consent is None:
        return None
    at = None if consent.at is None else to_ms(consent.at)
    return {"basis": consent.basis, "at": at, "source": consent.source}


def decision_fields(decision: Decision, origin: Origin) -> dict[str, Any]:
    """A decision as the scripts read it, bytes where only Python reads on."""
    trace = [
        {"rule": line.rule, "matched": line.matched, "error": line.error, "detail": line.detail}
        for line in decision.trace
    ]
    return {
        "state": decision.state,
        "reason": decision.reason or "",
        "error": decision.error or "",
        "trace": seal(trace),
        "rulebook": decision.rulebook,
        "plans": [plan_fields(plan, origin) for plan in decision.plans],
        "opt_outs": [subject_fields(subject) for subject in decision.opt_outs],
    }


def event_data(event: Event, delivery: Delivery) -> bytes:
    """What Python reads back of an event, without its payload."""
    return seal(
        {
            "provider": delivery.provider,
            "received": to_ms(delivery.received_at),
            "type": event.type,
            "key": event.key,
            "occurred": None if event.occurred_at is None else to_ms(event.occurred_at),
            "person": _person(event.person),
            "never": event.never_rings,
        }
    )


def found_name(event_id: str) -> str:
    """Under which name a fetched record stands among a delivery's blobs."""
    return f"{event_id}:record"


def found_fields(event: Event | None) -> tuple[str, bytes]:
    """What a fetched record says of the person, and the record itself; both empty where none was fetched."""
    if event is None or event.record is None:
        return "", b""
    return dumps(_person(event.person)), pack(orjson.dumps(event.record))


def _person(person: Person) -> dict[str, str]:
    names = ("phone", "email", "first_name", "last_name", "contact_id")
    return {name: value for name in names if (value := getattr(person, name)) is not None}


def delivery_data(delivery: Delivery) -> bytes:
    """What Python reads back of a delivery, without its body."""
    return seal(
        {
            "source": delivery.source,
            "provider": delivery.provider,
            "received": to_ms(delivery.received_at),
            "method": delivery.method,
            "content_type": delivery.content_type,
            "remote": delivery.remote,
            "headers": delivery.headers,
            "query": delivery.query,
            "scheme": delivery.scheme,
            "size": len(delivery.body),
        }
    )


def event_fields(decided: DecidedEvent, delivery: Delivery, now: datetime) -> dict[str, Any]:
    """A decided event with its payload, as the accept script reads it."""
    origin = Origin(
        event_id=decided.id,
        delivery_id=delivery.id,
        source=delivery.source,
        provider=delivery.provider,
        received_ms=to_ms(delivery.received_at),
    )
    return {
        "id": decided.id,
        "dedupe_key": decided.dedupe_key,
        "dedupe_until": to_ms(now + decided.dedupe_window),
        "data": event_data(decided.event, delivery),
        "payload": pack(orjson.dumps(decided.event.payload)),
        "decision": decision_fields(decided.decision, origin),
    }


def bounds_fields(bounds: Bounds) -> dict[str, Any]:
    """A source's bounds as the scripts read them; false where there is none."""
    ceiling, burst, ranges = bounds.ceiling, bounds.burst, bounds.ranges
    return {
        "ceiling": ceiling is not None and {"limit": ceiling.limit, "window": span_ms(ceiling.window)},
        "burst": burst is not None and {"factor": burst.factor, "minimum": burst.minimum},
        "ranges": ranges is not None and {"limit": ranges.per_hour, "hold": ranges.hold},
    }


def verdict_fields(verdicts: Sequence[Verdict]) -> bytes:
    """Verdicts as they are kept; empty where there are none."""
    return seal([_verdict(verdict) for verdict in verdicts]) if verdicts else b""


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "guard": verdict.guard,
        "allow": verdict.allow,
        "reason": verdict.reason,
        "until": None if verdict.until is None else to_ms(verdict.until),
        "hold": verdict.hold,
        "valid_until": None if verdict.valid_until is None else to_ms(verdict.valid_until),
        "facts": dict(verdict.facts),
    }


def facts_json(facts: Mapping[str, str]) -> str:
    """A history line's facts as JSON text; empty where there are none."""
    return dumps(dict(facts)) if facts else ""


def retain_until(now: datetime, kept: timedelta) -> int:
    """When something kept for `kept` from now may go, in milliseconds."""
    return to_ms(now + kept)
