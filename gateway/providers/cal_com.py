"""Cal.com: bookings and routing forms, one event each.

Source of facts: Cal.com's own code (packages/features/webhooks, sendPayload and testTrigger) and its documentation.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import orjson

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding.answers import Answer, first_known, person_among
from gateway.decoding.content import decode_body
from gateway.decoding.facts import as_object, first_text, object_at, objects_at
from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonObject, JsonValue, Person, Request
from gateway.reasons import Reason

# Where no secret is set Cal.com writes "no-secret-provided" there: no signature, and refused.
_PROOF = Proof(schemes=(Hmac(name="cal.com", header="X-Cal-Signature-256"),))
_PING = "PING"
_PHONES = ("attendeePhoneNumber.value", "smsReminderNumber.value")


def _decode(request: Request, _: Source) -> JsonValue:
    return decode_body(request)  # a custom template that is no JSON is sent as a form


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    booking = object_at(body, "payload") or body  # MEETING_STARTED and MEETING_ENDED are flat
    kind = text_of(body.get("triggerEvent")) or ""
    ping = _PING in (kind, booking.get("triggerEvent"))
    return [
        Event(
            payload=body,
            type=kind,
            key=None if ping else _key(kind, body, booking),
            occurred_at=moment_of(body.get("createdAt")),
            person=_person(booking),
            never_rings=Reason.TEST_EVENT if ping else None,
        )
    ]


def _key(kind: str, body: JsonObject, booking: JsonObject) -> tuple[str, ...] | None:
    """A booking is created, cancelled or ended once; an attendee may be marked a no-show and unmarked again."""
    uid, marked = text_of(booking.get("uid")), text_of(booking.get("bookingUid"))
    if uid is not None:
        return kind, uid
    return None if marked is None else (kind, marked, text_of(body.get("createdAt")) or "")


def _person(booking: JsonObject) -> Person:
    """The one who booked: the first attendee, with the number given for the call, for reminders, or in an answer."""
    responses = object_at(booking, "responses")
    attendee = next(iter(objects_at(booking, "attendees")), {})
    called = object_at(responses, "location.value")
    given = Person(
        phone=text_of(attendee.get("phoneNumber"))
        or first_text(responses, _PHONES)
        or text_of(booking.get("smsReminderNumber"))
        # "phone" is the attendee's number; "userPhone" would be the host's own
        or (text_of(called.get("optionValue")) if called.get("value") == "phone" else None)
    )
    answers = [_answer(name, response) for name, response in responses.items()]
    return first_known(
        given, person_in_form(attendee), person_in_form(object_at(responses, "name.value")), person_among(answers)
    )


def _answer(name: str, response: JsonValue) -> Answer:
    """An answer by the field's identifier and its label."""
    if not isinstance(response, dict):
        return Answer(names=(name,), value=response)
    return Answer(names=(name, text_of(response.get("label"))), value=response.get("value"))


def _sample_booking(now: datetime, random: Random) -> bytes:
    person, start = invent_person(random), now + timedelta(days=2)
    name = f"{person.first_name} {person.last_name}"
    booking = {
        "type": "demo",
        "title": f"Demo between Host and {name}",
        "startTime": start.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "endTime": (start + timedelta(minutes=30)).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "organizer": {"name": "Host", "email": "host@example.com", "timeZone": "America/New_York"},
        "responses": {
            "name": {"label": "your_name", "value": name},
            "email": {"label": "email_address", "value": person.email},
            "attendeePhoneNumber": {"label": "phone_number", "value": person.phone},
        },
        "attendees": [{"email": person.email, "name": name, "timeZone": "America/New_York"}],
        "uid": invent_id(random)[:22],
        "bookingId": random.randrange(1000, 10**9),
        "status": "ACCEPTED",
    }
    stamp = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return orjson.dumps({"triggerEvent": "BOOKING_CREATED", "createdAt": stamp, "payload": booking})


def _samples() -> Sequence[Sample]:
    return (Sample(name="booking created", make=_sample_booking),)


PROVIDER = Provider(
    name="cal_com",
    title="Cal.com",
    authenticate=_PROOF.authenticate,
    decode=_decode,
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over the body",
        replay_window=False,
        dedupe="trigger and booking `uid`; routing forms by body",
        retries="not documented",
        certainty="documented",
    ),
)
