"""Tally: one response of a form each.

Source of facts: Tally's developer documentation (signature, custom headers, retries); the payload's shape is as
receivers in public repositories have it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Literal

import orjson

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.answers import Answer, person_among
from gateway.decoding.facts import as_object, first_text, objects_at
from gateway.decoding.selectors import moment_of, select, text_of
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonObject, JsonValue, Request

_PROOF = Proof(schemes=(Hmac(name="tally", header="Tally-Signature", encoding="base64"),))
_KINDS: Mapping[str | None, Literal["phone", "email"]] = {"INPUT_PHONE_NUMBER": "phone", "INPUT_EMAIL": "email"}


def _decode(request: Request, _: Source) -> JsonValue:
    return strict_json.loads(request.body)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    kind = text_of(body.get("eventType")) or ""
    submission = first_text(body, ("data.submissionId", "data.responseId"))
    event_id = text_of(body.get("eventId"))
    # The submission is the same however often it is delivered; the form keeps two forms' ids apart.
    submitted = None if submission is None else (kind, first_text(body, ("data.formId",)) or "", submission)
    return [
        Event(
            payload=body,
            type=kind,
            key=submitted or ((kind, event_id) if event_id is not None else None),
            occurred_at=moment_of(select(body, "data.createdAt")) or moment_of(body.get("createdAt")),
            person=person_among([_answer(field) for field in objects_at(body, "data.fields")]),
        )
    ]


def _answer(field: JsonObject) -> Answer:
    """A field under its label. A choice holds its options' ids, which name nobody."""
    return Answer(
        names=(text_of(field.get("label")),),
        value=None if "options" in field else field.get("value"),
        kind=_KINDS.get(text_of(field.get("type")), ""),
    )


def _sample_response(now: datetime, random: Random) -> bytes:
    person, submission = invent_person(random), invent_id(random)[:12]
    asked = (
        ("question_3EKz4n", "Phone", "INPUT_PHONE_NUMBER", person.phone),
        ("question_nrWGzM", "Email", "INPUT_EMAIL", person.email),
        ("question_mYaw0J", "First name", "INPUT_TEXT", person.first_name),
        ("question_wbz2Ak", "Last name", "INPUT_TEXT", person.last_name),
    )
    stamp = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return orjson.dumps(
        {
            "eventId": invent_id(random),
            "eventType": "FORM_RESPONSE",
            "createdAt": stamp,
            "data": {
                "responseId": submission,
                "submissionId": submission,
                "respondentId": "dwQKYm",
                "formId": "VwbNEw",
                "formName": "Request a call",
                "createdAt": stamp,
                "fields": [
                    {"key": key, "label": label, "type": kind, "value": value} for key, label, kind, value in asked
                ],
            },
        }
    )


def _samples() -> Sequence[Sample]:
    return (Sample(name="form response", make=_sample_response),)


PROVIDER = Provider(
    name="tally",
    title="Tally",
    authenticate=_PROOF.authenticate,
    decode=_decode,
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over the body",
        replay_window=False,
        dedupe="form and `data.submissionId`, else `eventId`",
        retries="5 after any non-2xx or 10 s: 5 min, 30 min, 1 h, 6 h, 24 h",
        certainty="documented",
    ),
)
