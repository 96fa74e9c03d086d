"""Klaviyo: system webhooks, many events a request.

Source of facts: Klaviyo's documentation ("Working with system webhooks", "Get Event") and receivers in public
repositories, who tell the order of what is signed and how the timestamp is written.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac
from gateway.auth.timestamps import Timestamp
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.batches import objects_of
from gateway.decoding.facts import PersonPaths, first_text
from gateway.decoding.selectors import moment_of, select, text_of
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonObject, JsonValue, Request

_PROOF = Proof(
    schemes=(
        Hmac(
            name="klaviyo",
            header="Klaviyo-Signature",
            signed="{body}{timestamp}",
            timestamp=Timestamp(header="Klaviyo-Timestamp", unit="http-date"),
        ),
    )
)
_PROFILE = "payload.included[type=profile]"
_EVENT = ("payload.data", "payload")  # the resource in its envelope, or alone
_PROPERTIES = tuple(f"{event}.attributes.event_properties" for event in _EVENT)


def _paths(attribute: str, *properties: str) -> tuple[str, ...]:
    """Of the profile, else of what the event itself carries."""
    own = tuple(f"{place}.{name}" for place in _PROPERTIES for name in properties)
    return (f"{_PROFILE}.attributes.{attribute}", *own)


_PERSON = PersonPaths(
    phone=_paths("phone_number", "phone_number", "phone"),
    email=_paths("email", "email"),
    first_name=_paths("first_name", "first_name"),
    last_name=_paths("last_name", "last_name"),
    contact_id=(f"{_PROFILE}.id", *(f"{event}.relationships.profile.data.id" for event in _EVENT)),
)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    events = select(payload, "data")
    return [_event(event) for event in objects_of(payload if events is None else events)]


def _event(event: JsonObject) -> Event:
    event_id = first_text(event, ("external_id", *(f"{place}.id" for place in _EVENT)))
    topic = text_of(event.get("topic")) or ""
    times = (first_text(event, tuple(f"{place}.attributes.{name}" for place in _EVENT)) for name in _TIMES)
    return Event(
        payload=event,
        type=topic,
        key=(topic, event_id) if event_id is not None else None,
        occurred_at=next((moment for moment in map(moment_of, times) if moment is not None), None),
        person=_PERSON.person(event),
    )


_TIMES = ("datetime", "timestamp")


def _sample_batch(now: datetime, random: Random) -> bytes:
    person, event, profile = invent_person(random), invent_id(random), invent_id(random)
    attributes = {
        "phone_number": person.phone,
        "email": person.email,
        "first_name": person.first_name,
        "last_name": person.last_name,
    }
    payload = {
        "data": {
            "type": "event",
            "id": event,
            "attributes": {
                "timestamp": int(now.timestamp()),
                "event_properties": {"Channel": "sms"},
                "datetime": now.isoformat(timespec="seconds"),
                "uuid": event,
            },
            "relationships": {"profile": {"data": {"type": "profile", "id": profile}}},
        },
        "included": [{"type": "profile", "id": profile, "attributes": attributes}],
    }
    kind = "event:klaviyo.subscribed_to_sms"
    return orjson.dumps(
        {
            "data": [{"external_id": event, "topic": kind, "payload": payload}],
            "meta": {"timestamp": now.isoformat(), "klaviyo_account_id": "ABC123", "version": "2026-01-15"},
        }
    )


def _sample_headers(_: datetime, random: Random) -> tuple[tuple[str, str], ...]:
    return (("Klaviyo-Webhook-Id", invent_id(random)),)


def _samples() -> Sequence[Sample]:
    return (Sample(name="subscribed", make=_sample_batch, headers=_sample_headers),)


PROVIDER = Provider(
    name="klaviyo",
    title="Klaviyo",
    authenticate=_PROOF.authenticate,
    decode=lambda request, _: strict_json.loads(request.body),
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over body and timestamp",
        batch="`data[]`",
        thin="events that come without their profile",
        dedupe="topic and `external_id`",
        retries="not documented",
        certainty="observed",
    ),
)
