"""Gravity Forms: entries by its Webhooks add-on, one each.

Source of facts: the add-on's source (1.x) and Gravity Forms' documentation of the entry object: fields stand under
their ids as text (`"3"`, and `"1.3"` for a part), beside facts such as `id`, `form_id` and `date_created` (UTC). With
*Select Fields* the owner names the fields. Nothing is signed; headers can be added.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import orjson

from gateway.auth.unsigned import UnsignedOptions, authenticate_unsigned, check_unsigned, sign_unsigned
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding.facts import as_object
from gateway.decoding.flat_forms import FlatFormOptions, decode_flat_form, split_flat_form
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_person
from gateway.model import Event, JsonObject, JsonValue, Request

_ENTRY = ("form_id", "id")  # an entry has both; fields named by hand hardly do


class GravityFormsOptions(UnsignedOptions, FlatFormOptions):
    """Options of a `gravity_forms` source."""


def _split(payload: JsonValue, request: Request, source: Source) -> Sequence[Event]:
    fields = as_object(payload)
    moment = moment_of(fields.get("date_created"))
    return [
        replace(event, key=event.key or _entry_key(fields), occurred_at=moment)
        for event in split_flat_form(payload, request, source)
    ]


def _entry_key(fields: JsonObject) -> tuple[str, ...] | None:
    """Form and entry, and the page: entries are counted by each website for itself."""
    form, entry = (text_of(fields.get(name)) for name in _ENTRY)
    page = text_of(fields.get("source_url")) or ""
    return None if form is None or entry is None else (form, entry, page)


def _sample_entry(now: datetime, random: Random) -> bytes:
    person = invent_person(random)
    return orjson.dumps(
        {
            "id": str(random.randrange(10**9)),
            "form_id": "4",
            "date_created": now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            "ip": "192.0.2.7",
            "source_url": "https://www.example.com/contact/",
            "status": "active",
            "1.3": person.first_name,
            "1.6": person.last_name,
            "2": person.email,
            "3": person.phone,
        }
    )


def _samples() -> Sequence[Sample]:
    return (Sample(name="entry", make=_sample_entry),)


PROVIDER = Provider(
    name="gravity_forms",
    title="Gravity Forms",
    authenticate=authenticate_unsigned,
    decode=decode_flat_form,
    split=_split,
    sign=sign_unsigned,
    check=check_unsigned,
    samples=_samples,
    options=GravityFormsOptions,
    methods=frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"}),
    secrets_required=0,
    requires_path_token=True,
    facts=ProviderFacts(
        authentication="a secret address, and a header if you add one",
        covers_body=False,
        replay_window=False,
        dedupe="form, entry and page; of fields chosen by hand the configured id, else their content",
        retries="none in 1.x; newer versions may try again",
        certainty="documented",
    ),
)
