"""Leadpages: one form post each, to an address of your own.

Source of facts: hearsay. No documentation of a webhook of its own was found; forms can be posted to a custom address,
and Zapier passes leads on. Nothing is signed, and the fields' names are the form's.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from urllib.parse import urlencode

from gateway.auth.unsigned import authenticate_unsigned, check_unsigned, sign_unsigned
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding.content import decode_body
from gateway.decoding.facts import as_object, canonical_text
from gateway.decoding.people import person_in_form
from gateway.fiction import invent_person
from gateway.model import Event, JsonValue, Request


def _decode(request: Request, _: Source) -> JsonValue:
    return decode_body(request)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    fields = as_object(payload)
    return [
        Event(
            payload=fields,
            type="form_submission",
            content_key=(canonical_text(fields),),
            person=person_in_form(fields),
        )
    ]


def _sample_lead(_: datetime, random: Random) -> bytes:
    person = invent_person(random)
    fields = {"first_name": person.first_name, "last_name": person.last_name}
    return urlencode({**fields, "email": person.email, "phone": person.phone}).encode()


def _samples() -> Sequence[Sample]:
    return (Sample(name="lead", make=_sample_lead, content_type="application/x-www-form-urlencoded"),)


PROVIDER = Provider(
    name="leadpages",
    title="Leadpages",
    authenticate=authenticate_unsigned,
    decode=_decode,
    split=_split,
    sign=sign_unsigned,
    check=check_unsigned,
    samples=_samples,
    secrets_required=0,
    requires_path_token=True,
    facts=ProviderFacts(
        authentication="a secret address",
        covers_body=False,
        replay_window=False,
        dedupe="the fields' content",
        retries="not documented",
    ),
)
