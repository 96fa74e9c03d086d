"""CallRail: calls, text messages and form submissions of a company, one each.

Source of facts: CallRail's API documentation ("Webhooks", "Validating payloads", whose test vector is among ours) and
its help page on webhooks. A payload does not say which webhook sent it.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.answers import first_known
from gateway.decoding.facts import as_object, canonical_text, first_text, object_at
from gateway.decoding.people import person_in_form, split_name
from gateway.decoding.selectors import moment_of
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonObject, JsonValue, Person, Request

_PROOF = Proof(schemes=(Hmac(name="callrail", header="Signature", algorithm="sha1", encoding="base64"),))
_TIMES = ("submitted_at", "timestamp", "start_time", "created_at")


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    resource = first_text(body, ("resource_id", "id"))
    kind = _kind(body)
    return [
        Event(
            payload=body,
            type=kind,
            # One call is told of before, after and at each change: the content tells these apart.
            key=(resource, canonical_text(body)) if resource is not None else None,
            occurred_at=moment_of(first_text(body, _TIMES)),
            person=_person(body, kind),
        )
    ]


def _kind(body: JsonObject) -> str:
    """What the payload's members make of it."""
    if "form_data" in body:
        return "form_submission"
    if "message_type" in body or "source_number" in body:
        return "text_message.sent" if "agent" in body else "text_message.received"
    return "call.modified" if "changes" in body else "call"


def _person(body: JsonObject, kind: str) -> Person:
    """The customer, never a number of the company's own."""
    phone = {"text_message.sent": "destination_number", "text_message.received": "source_number"}.get(kind)
    first, last = split_name(first_text(body, ("customer_name",)))
    customer = Person(
        phone=first_text(body, (phone,) if phone else ("customer_phone_number",)), first_name=first, last_name=last
    )
    found = first_known(customer, person_in_form(object_at(body, "form_data")))
    return Person(
        phone=found.phone,
        email=found.email or first_text(body, ("customer_email",)),
        first_name=found.first_name,
        last_name=found.last_name,
        contact_id=first_text(body, ("person_resource_id", "person_id")),
    )


def _sample_missed(now: datetime, random: Random) -> bytes:
    person = invent_person(random)
    return orjson.dumps(
        {
            "resource_id": f"CAL{invent_id(random)}",
            "company_resource_id": "COM00000000000000000000000000000000",
            "person_resource_id": f"PER{invent_id(random)}",
            "answered": False,
            "call_type": "abandoned",
            "customer_name": f"{person.first_name} {person.last_name}",
            "customer_phone_number": person.phone,
            "direction": "inbound",
            "duration": "13",
            "first_call": True,
            "source_name": "Google Ads",
            "start_time": now.isoformat(timespec="milliseconds"),
            "tracking_phone_number": "+12125550199",
            "voicemail": False,
        }
    )


def _sample_form(now: datetime, random: Random) -> bytes:
    person = invent_person(random)
    fields = {"name": f"{person.first_name} {person.last_name}", "email": person.email, "phone_number": person.phone}
    return orjson.dumps(
        {
            "resource_id": f"FRM{invent_id(random)}",
            "company_resource_id": "COM00000000000000000000000000000000",
            "form_data": fields,
            "form_url": "https://www.example.com/contact",
            "submitted_at": now.isoformat(timespec="milliseconds"),
            "first_form": True,
            "source": "google_paid",
        }
    )


def _samples() -> Sequence[Sample]:
    return Sample(name="missed call", make=_sample_missed), Sample(name="form", make=_sample_form)


PROVIDER = Provider(
    name="callrail",
    title="CallRail",
    authenticate=_PROOF.authenticate,
    decode=lambda request, _: strict_json.loads(request.body),
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    facts=ProviderFacts(
        authentication="HMAC-SHA1 over the body",
        replay_window=False,
        dedupe="`resource_id` with the whole content",
        retries="none; repeated failures may switch a webhook off",
        certainty="documented",
    ),
)
