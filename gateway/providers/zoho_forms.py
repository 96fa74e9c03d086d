"""Zoho Forms: submissions by its webhook integration, one each.

Source of facts: Zoho Forms' help page on webhooks (content types, headers); names of fields as in the forms it
generates (`Name_First`, `PhoneNumber_countrycode`), whether its webhooks use them is hearsay. Nothing is signed.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from random import Random

import orjson

from gateway.auth.unsigned import UnsignedOptions, authenticate_unsigned, check_unsigned, sign_unsigned
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding.answers import first_known
from gateway.decoding.facts import PersonPaths, as_object
from gateway.decoding.flat_forms import FlatFormOptions, decode_flat_form, split_flat_form
from gateway.decoding.selectors import text_of
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonObject, JsonValue, Person, Request

_NAMES = PersonPaths(first_name=("Name_First", "Name.Name_First"), last_name=("Name_Last", "Name.Name_Last"))
_PHONE = "PhoneNumber_countrycode"  # the whole number, or its country code where the rest stands apart


class ZohoFormsOptions(UnsignedOptions, FlatFormOptions):
    """Options of a `zoho_forms` source."""


def _split(payload: JsonValue, request: Request, source: Source) -> Sequence[Event]:
    options: ZohoFormsOptions = source.options
    events = split_flat_form(payload, request, source)
    if options.person is not None:
        return events
    return [replace(event, person=first_known(event.person, _person(as_object(payload)))) for event in events]


def _person(fields: JsonObject) -> Person:
    """By the names of the forms Zoho generates."""
    parts = (text_of(fields.get(name)) for name in (_PHONE, f"{_PHONE}val"))
    return replace(_NAMES.person(fields), phone="".join(filter(None, parts)) or None)


def _sample_submission(_: datetime, random: Random) -> bytes:
    person = invent_person(random)
    fields = {"Name_First": person.first_name, "Name_Last": person.last_name}
    return orjson.dumps({**fields, "Email": person.email, "PhoneNumber": person.phone, "UniqueID": invent_id(random)})


def _samples() -> Sequence[Sample]:
    return (Sample(name="submission", make=_sample_submission),)


PROVIDER = Provider(
    name="zoho_forms",
    title="Zoho Forms",
    authenticate=authenticate_unsigned,
    decode=decode_flat_form,
    split=_split,
    sign=sign_unsigned,
    check=check_unsigned,
    samples=_samples,
    options=ZohoFormsOptions,
    secrets_required=0,
    requires_path_token=True,
    facts=ProviderFacts(
        authentication="a secret address, and a header if you add one",
        covers_body=False,
        replay_window=False,
        dedupe="the configured id, else the fields' content",
        retries="not documented",
    ),
)
