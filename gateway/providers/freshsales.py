"""Freshsales: the workflow action "Trigger webhook", whose fields and form its author chooses.

Source of facts: general knowledge of Freshsales' workflows; nothing of it is documented for receivers. Nothing is
signed: a secret address, and a custom header.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson

from gateway.auth.unsigned import UnsignedOptions, authenticate_unsigned, check_unsigned, sign_unsigned
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding.content import decode_body
from gateway.decoding.facts import as_object, first_text
from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_person
from gateway.model import Event, JsonObject, JsonValue, Person, Request

_PREFIXES = ("contact_", "lead_")
_OTHER_PHONES = ("mobile_number", "work_number", "phone_number")
_OTHER_EMAILS = ("emails", "emails[0].value", "emails[0].email")
_MOMENTS = ("updated_at", "created_at")


class FreshsalesOptions(UnsignedOptions):
    """Options of a `freshsales` source."""


def _decode(request: Request, _: Source) -> JsonValue:
    return decode_body(request)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    fields = _fields(body)
    return [
        Event(
            payload=body,
            type=text_of(body.get("event")) or "workflow",
            occurred_at=moment_of(first_text(fields, _MOMENTS)),
            person=_person(fields),
        )
    ]


def _fields(body: JsonObject) -> JsonObject:
    """The record's fields by their bare names: `contact_email`, `lead_email`, or `email` in a `contact`."""
    inner = body.get("contact") or body.get("lead") or (next(iter(body.values())) if len(body) == 1 else None)
    found: JsonObject = {}
    for name, value in (inner if isinstance(inner, dict) else body).items():
        bare = next((name.removeprefix(prefix) for prefix in _PREFIXES if name.startswith(prefix)), name)
        found.setdefault(bare, value)
    return found


def _person(fields: JsonObject) -> Person:
    named = person_in_form(fields)
    return Person(
        phone=named.phone or first_text(fields, _OTHER_PHONES),
        email=named.email or first_text(fields, _OTHER_EMAILS),
        first_name=named.first_name,
        last_name=named.last_name,
        contact_id=text_of(fields.get("id")),
    )


def _sample_contact(now: datetime, random: Random) -> bytes:
    person = invent_person(random)
    return orjson.dumps(
        {
            "contact_id": random.randrange(10**10, 10**11),
            "contact_first_name": person.first_name,
            "contact_last_name": person.last_name,
            "contact_email": person.email,
            "contact_mobile_number": person.phone,
            "contact_created_at": now.isoformat(timespec="seconds"),
        }
    )


def _samples() -> Sequence[Sample]:
    return (Sample(name="contact", make=_sample_contact),)


PROVIDER = Provider(
    name="freshsales",
    title="Freshsales",
    authenticate=authenticate_unsigned,
    decode=_decode,
    split=_split,
    sign=sign_unsigned,
    check=check_unsigned,
    samples=_samples,
    options=FreshsalesOptions,
    methods=frozenset({"POST", "PUT", "GET"}),
    requires_path_token=True,
    secrets_required=0,
    facts=ProviderFacts(
        authentication="a header of your choice, at a secret address",
        covers_body=False,
        replay_window=False,
        dedupe="the body",
        retries="none known",
        certainty="unsure",
    ),
)
