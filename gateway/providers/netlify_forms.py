"""Netlify Forms: the outgoing webhook for a verified form submission.

Source of facts: Netlify's documentation ("Payload signature") as receivers in public repositories quote it; the
payload's shape is theirs too.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson

from gateway.auth.jwt import Jwt
from gateway.auth.proofs import Proof
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.answers import first_known
from gateway.decoding.facts import as_object, object_at
from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonValue, Request

_PROOF = Proof(
    schemes=(Jwt(name="netlify", header="X-Webhook-Signature", issuer="netlify", body_hash="sha256", expires=False),)
)


def _decode(request: Request, _: Source) -> JsonValue:
    return strict_json.loads(request.body)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    if not (body.get("form_id") or object_at(body, "data")):  # a deploy's notification is signed alike
        return [Event(payload=body)]
    submission = text_of(body.get("id"))
    return [
        Event(
            payload=body,
            type="form_submission",
            key=None if submission is None else (submission,),
            occurred_at=moment_of(body.get("created_at")),
            person=first_known(person_in_form(object_at(body, "data")), person_in_form(body)),
        )
    ]


def _sample_submission(now: datetime, random: Random) -> bytes:
    person = invent_person(random)
    name = f"{person.first_name} {person.last_name}"
    fields = {"name": name, "email": person.email, "phone": person.phone}
    titles = {"name": "Name", "email": "Email", "phone": "Phone"}
    return orjson.dumps(
        {
            "id": invent_id(random),
            "number": random.randrange(1, 10**6),
            "form_id": "5e6f1a2b3c4d5e6f7a8b9c0d",
            "form_name": "contact",
            "site_url": "https://www.example.com",
            "created_at": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "email": person.email,
            "name": name,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "company": None,
            "data": {**fields, "ip": "192.0.2.7"},
            "human_fields": {titles[field]: value for field, value in fields.items()},
            "ordered_human_fields": [
                {"title": titles[field], "name": field, "value": value} for field, value in fields.items()
            ],
        }
    )


def _samples() -> Sequence[Sample]:
    return (Sample(name="form submission", make=_sample_submission),)


PROVIDER = Provider(
    name="netlify_forms",
    title="Netlify Forms",
    authenticate=_PROOF.authenticate,
    decode=_decode,
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    facts=ProviderFacts(
        authentication="a signed token (HS256) that holds the body's SHA-256",
        replay_window=False,
        dedupe="`id`",
        retries="not documented",
        certainty="observed",
    ),
)
