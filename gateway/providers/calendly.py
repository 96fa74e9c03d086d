"""Calendly: bookings, cancellations, no-shows and routing forms, one event each.

Source of facts: Calendly's developer documentation ("Webhook signatures", "Webhook payload", "Webhook errors"). The
tolerance of three minutes is the documentation's as several receivers quote it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import orjson

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac, Pairs
from gateway.auth.timestamps import Timestamp
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.answers import Answer, first_known, person_among
from gateway.decoding.facts import as_object, object_at, objects_at
from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import moment_of, select, text_of
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonObject, JsonValue, Person, Request

_PROOF = Proof(
    schemes=(
        Hmac(
            name="calendly",
            header="Calendly-Webhook-Signature",
            pairs=Pairs(),
            signed="{timestamp}.{body}",
            timestamp=Timestamp(field="t", tolerance=timedelta(minutes=3)),
        ),
    )
)
_API = "https://api.calendly.com"


def _decode(request: Request, _: Source) -> JsonValue:
    return strict_json.loads(request.body)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    kind, uri = text_of(body.get("event")) or "", text_of(select(body, "payload.uri"))
    return [
        Event(
            payload=body,
            type=kind,
            key=(kind, uri) if uri is not None else None,
            occurred_at=moment_of(body.get("created_at")),
            person=_person(object_at(body, "payload")),
        )
    ]


def _person(invitee: JsonObject) -> Person:
    """The invitee: the number for reminders, one given in an answer, or the one the host is to call."""
    asked = [
        Answer(names=(text_of(one.get("question")),), value=one.get("answer"))
        for one in objects_at(invitee, "questions_and_answers")
    ]
    reminded = Person(phone=text_of(invitee.get("text_reminder_number")))
    called = Person(phone=_number_to_call(object_at(invitee, "scheduled_event.location")))
    return first_known(reminded, person_in_form(invitee), person_among(asked), called)


def _number_to_call(location: JsonObject) -> str | None:
    """The invitee's number of an outbound call. An inbound call's number is the host's own: never that."""
    return text_of(location.get("location")) if location.get("type") == "outbound_call" else None


def _sample_booking(now: datetime, random: Random) -> bytes:
    person, event = invent_person(random), f"{_API}/scheduled_events/{invent_id(random)}"
    start = now + timedelta(days=2)
    return orjson.dumps(
        {
            "event": "invitee.created",
            "created_at": now.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "created_by": f"{_API}/users/AAAAAAAAAAAAAAAA",
            "payload": {
                "uri": f"{event}/invitees/{invent_id(random)}",
                "email": person.email,
                "name": f"{person.first_name} {person.last_name}",
                "first_name": None,
                "last_name": None,
                "text_reminder_number": person.phone,
                "questions_and_answers": [{"question": "What is it about?", "answer": "A demo", "position": 0}],
                "timezone": "America/New_York",
                "status": "active",
                "rescheduled": False,
                "old_invitee": None,
                "new_invitee": None,
                "scheduled_event": {"uri": event, "name": "Demo", "start_time": start.isoformat()},
            },
        }
    )


def _samples() -> Sequence[Sample]:
    return (Sample(name="invitee created", make=_sample_booking),)


PROVIDER = Provider(
    name="calendly",
    title="Calendly",
    authenticate=_PROOF.authenticate,
    decode=_decode,
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over timestamp and body, three minutes",
        dedupe="event and `payload.uri`",
        retries="for 24 h after any 3xx, 4xx or 5xx; then the webhook is switched off",
        certainty="documented",
    ),
)
