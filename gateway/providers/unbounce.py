"""Unbounce: one submission of a page's form each, as a form that holds JSON, or as JSON or XML.

Source of facts: Unbounce's help page "Using a webhook", as mirrored by others. Nothing is signed; custom headers exist.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from urllib.parse import urlencode

import orjson

from gateway.auth.unsigned import UnsignedOptions, authenticate_unsigned, check_unsigned, sign_unsigned
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding.content import decode_body, decode_json_field
from gateway.decoding.facts import as_object, canonical_text, object_at
from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import text_of
from gateway.fiction import invent_person
from gateway.model import Event, JsonObject, JsonValue, Request

_JSON, _XML = "data.json", "data.xml"
_MOMENT = "%Y-%m-%d %I:%M %p UTC"


class UnbounceOptions(UnsignedOptions):
    """Options of an `unbounce` source."""


def _decode(request: Request, _: Source) -> JsonValue:
    """The page's facts, and under `data` the form's fields; the same once more as XML is left out."""
    body = as_object(decode_body(request))
    if not isinstance(body.get(_JSON), str):
        return body
    page = {name: value for name, value in body.items() if name not in {_JSON, _XML}}
    return {**page, "data": decode_json_field(body, _JSON)}


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    fields = object_at(body, "data") or body
    moment = _moment(fields)
    page = text_of(body.get("page_id")) or text_of(fields.get("page_uuid")) or ""
    return [
        Event(
            payload=body,
            type="form_submission",
            # No id is known of: the same content of the same minute is the same submission.
            key=None if moment is None else (page, canonical_text(fields)),
            occurred_at=moment,
            person=person_in_form(fields),
        )
    ]


def _moment(fields: JsonObject) -> datetime | None:
    """Day and minute of the submission, which stand apart; None where one is missing or written otherwise."""
    day, minute = (text_of(fields.get(name)) or "" for name in ("date_submitted", "time_submitted"))
    try:
        return datetime.strptime(f"{day} {minute}", _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None


def _sample_submission(now: datetime, random: Random) -> bytes:
    person, page = invent_person(random), "a2838d98-4cf4-11df-a3fd-00163e372d58"
    about = {"page_url": "https://offer.example.com/demo", "page_name": "Demo offer", "variant": "a"}
    fields = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "phone_number": person.phone,
        "ip_address": "192.0.2.7",
        "page_uuid": page,
        "time_submitted": now.astimezone(UTC).strftime("%I:%M %p UTC"),
        "date_submitted": now.astimezone(UTC).strftime("%Y-%m-%d"),
        **about,
    }
    listed = orjson.dumps({name: [value] for name, value in fields.items()}).decode()
    return urlencode({"page_id": page, **about, _JSON: listed}).encode()


def _samples() -> Sequence[Sample]:
    return (Sample(name="submission", make=_sample_submission, content_type="application/x-www-form-urlencoded"),)


PROVIDER = Provider(
    name="unbounce",
    title="Unbounce",
    authenticate=authenticate_unsigned,
    decode=_decode,
    split=_split,
    sign=sign_unsigned,
    check=check_unsigned,
    samples=_samples,
    options=UnbounceOptions,
    secrets_required=0,
    requires_path_token=True,
    facts=ProviderFacts(
        authentication="a secret address, and a header if you add one",
        covers_body=False,
        replay_window=False,
        dedupe="page and the fields' content, which holds the minute",
        retries="not documented",
        certainty="observed",
    ),
)
