"""Google Ads lead forms: one lead a request, with the person, and a key of yours in the body.

Source of facts: Google's "Lead form webhook" implementation guide and its schema. The key proves who sends, not what.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Literal

import orjson

from gateway.auth.proofs import Proof
from gateway.auth.tokens import BodyToken
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.answers import Answer, person_among
from gateway.decoding.facts import as_object, objects_at
from gateway.decoding.fields import body_without_field, without_field
from gateway.decoding.selectors import is_true, text_of
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonObject, JsonValue, Request
from gateway.reasons import Reason

_TOKEN = BodyToken(name="google_key", kind="json")
_PROOF = Proof(schemes=(_TOKEN,))
_KINDS: Mapping[str | None, Literal["phone", "email"]] = {
    "PHONE_NUMBER": "phone",
    "WORK_PHONE": "phone",
    "EMAIL": "email",
    "WORK_EMAIL": "email",
}


def _decode(request: Request, _: Source) -> JsonValue:
    return without_field(strict_json.loads(request.body), _TOKEN.name)


def _kept_body(request: Request, _: Source) -> bytes:
    return body_without_field(request.body, _TOKEN.name)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    lead = text_of(body.get("lead_id"))
    return [
        Event(
            payload=body,
            type="lead",
            key=("lead", lead) if lead is not None else None,
            person=person_among([_answer(column) for column in objects_at(body, "user_column_data")]),
            never_rings=Reason.TEST_EVENT if is_true(body.get("is_test")) else None,
        )
    ]


def _answer(column: JsonObject) -> Answer:
    """A column under its id; its readable name is not always there."""
    column_id = text_of(column.get("column_id"))
    names = (column_id, text_of(column.get("column_name")))
    return Answer(names=names, value=column.get("string_value"), kind=_KINDS.get(column_id, ""))


def _sample(random: Random, *, is_test: bool) -> bytes:
    person = invent_person(random)
    columns = (
        ("FULL_NAME", "Full Name", f"{person.first_name} {person.last_name}"),
        ("EMAIL", "User Email", person.email),
        ("PHONE_NUMBER", "User Phone", person.phone),
    )
    return orjson.dumps(
        {
            "lead_id": ("TeSter-123-" if is_test else "") + invent_id(random),
            "api_version": "1.0",
            "form_id": 40000000000,
            "campaign_id": 12345678,
            "adgroup_id": 20000000000,
            "creative_id": 30000000000,
            "gcl_id": invent_id(random),
            "is_test": is_test,
            "user_column_data": [
                {"column_id": column, "column_name": name, "string_value": value} for column, name, value in columns
            ],
        }
    )


def _sample_lead(_: datetime, random: Random) -> bytes:
    return _sample(random, is_test=False)


def _sample_test(_: datetime, random: Random) -> bytes:
    return _sample(random, is_test=True)


def _samples() -> Sequence[Sample]:
    return (Sample(name="lead", make=_sample_lead), Sample(name="test lead", make=_sample_test))


PROVIDER = Provider(
    name="google_ads_lead_forms",
    title="Google Ads lead forms",
    authenticate=_PROOF.authenticate,
    decode=_decode,
    split=_split,
    sign=_PROOF.sign,
    sign_body=_TOKEN.fill,
    kept_body=_kept_body,
    check=_PROOF.check,
    samples=_samples,
    requires_path_token=True,
    facts=ProviderFacts(
        authentication="`google_key` in the body, at a secret address",
        covers_body=False,
        replay_window=False,
        dedupe="`lead_id`",
        retries="said to be after a 429 or 5xx, not after other 4xx",
        certainty="documented",
    ),
)
