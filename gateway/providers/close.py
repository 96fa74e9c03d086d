"""Close: one event of its event log each, signed with the subscription's key.

Sources of facts: Close's API documentation on webhooks and its event log; the signature is proved by a captured vector
in the test suite of thermondo's closeio client. The key is written in hex, and is the bytes the hex stands for.
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
from gateway.decoding.facts import as_object, first_text, object_at, objects_at
from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonObject, JsonValue, Person, Request

_PROOF = Proof(
    schemes=(
        Hmac(
            name="close",
            header="close-sig-hash",
            key="hex",
            signed="{timestamp}{body}",
            timestamp=Timestamp(header="close-sig-timestamp"),
        ),
    )
)
_PHONE, _EMAIL = ("phones[0].phone",), ("emails[0].email",)


def _decode(request: Request, _: Source) -> JsonValue:
    return strict_json.loads(request.body)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    event, event_id = object_at(body, "event"), first_text(body, ("event.id",))
    kind = first_text(event, ("object_type", "data.object_type")) or ""
    action = first_text(event, ("action", "data.action"))
    return [
        Event(
            payload=body,
            type=".".join(filter(None, (kind, action))),
            key=(event_id,) if event_id is not None else None,
            occurred_at=moment_of(event.get("date_created")),
            person=_person(object_at(event, "data"), kind),
        )
    ]


def _person(record: JsonObject, kind: str) -> Person:
    """A contact, or a lead's first contact that has a phone; of anything else only whose it is."""
    if kind == "contact":
        return _contact(record)
    contacts = objects_at(record, "contacts") if kind == "lead" else []
    reachable = (one for one in contacts if first_text(one, _PHONE) is not None)
    chosen = next(reachable, contacts[0] if contacts else None)
    return _contact(chosen) if chosen is not None else Person(contact_id=text_of(record.get("contact_id")))


def _contact(contact: JsonObject) -> Person:
    named = person_in_form({"name": contact.get("name")})
    return Person(
        phone=first_text(contact, _PHONE),
        email=first_text(contact, _EMAIL),
        first_name=named.first_name,
        last_name=named.last_name,
        contact_id=text_of(contact.get("id")),
    )


def _sample_lead(now: datetime, random: Random) -> bytes:
    person, lead = invent_person(random), f"lead_{invent_id(random)}"
    contact = {
        "id": f"cont_{invent_id(random)}",
        "lead_id": lead,
        "name": f"{person.first_name} {person.last_name}",
        "phones": [{"phone": person.phone, "type": "office"}],
        "emails": [{"email": person.email, "type": "office"}],
    }
    event = {
        "id": f"ev_{invent_id(random)}",
        "date_created": now.replace(tzinfo=None).isoformat(timespec="microseconds"),
        "object_type": "lead",
        "action": "created",
        "object_id": lead,
        "lead_id": lead,
        "organization_id": "orga_example",
        "changed_fields": [],
        "previous_data": {},
        "data": {"id": lead, "display_name": "Example Inc.", "contacts": [contact]},
    }
    return orjson.dumps({"subscription_id": "whsub_example", "event": event})


def _samples() -> Sequence[Sample]:
    return (Sample(name="lead created", make=_sample_lead),)


PROVIDER = Provider(
    name="close",
    title="Close",
    authenticate=_PROOF.authenticate,
    decode=_decode,
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over timestamp and body, under the key's bytes",
        thin="all but `lead` and `contact` events",
        dedupe="`event.id`",
        retries="up to 72 h, ever further apart",
        certainty="documented",
    ),
)
