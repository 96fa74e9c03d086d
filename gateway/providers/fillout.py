"""Fillout: submissions of a form, one each or a list of them.

Source of facts: Fillout's help page "Send form submissions to a webhook"; the payload's shapes (with and without the
envelope, alone and in a list) are as receivers in public repositories have them. Nothing is signed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Literal

import orjson

from gateway.auth.unsigned import UnsignedOptions, authenticate_unsigned, check_unsigned, sign_unsigned
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.answers import Answer, first_known, person_among
from gateway.decoding.batches import objects_of
from gateway.decoding.facts import object_at, objects_at
from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonObject, JsonValue, Request

MOST_EVENTS = 100
_KINDS: Mapping[str | None, Literal["phone", "email"]] = {"PhoneNumber": "phone", "EmailInput": "email"}


class FilloutOptions(UnsignedOptions):
    """Options of a `fillout` source."""


def _decode(request: Request, _: Source) -> JsonValue:
    return strict_json.loads(request.body)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    return [_event(submission) for submission in objects_of(payload, most=MOST_EVENTS)]


def _event(body: JsonObject) -> Event:
    submission = object_at(body, "submission") or body
    submission_id = text_of(submission.get("submissionId"))
    form = text_of(body.get("formId")) or ""
    questions = [_answer(one) for one in objects_at(submission, "questions")]
    from_address = [_answer(one) for one in objects_at(submission, "urlParameters")]
    return Event(
        payload=body,
        type="form_submission",
        key=None if submission_id is None else (form, submission_id),
        occurred_at=moment_of(submission.get("submissionTime")),
        # A body mapped by hand has the fields themselves.
        person=first_known(person_among(questions), person_in_form(body), person_among(from_address)),
    )


def _answer(question: JsonObject) -> Answer:
    return Answer(
        names=(text_of(question.get("name")),),
        value=question.get("value"),
        kind=_KINDS.get(text_of(question.get("type")), ""),
    )


def _sample_submission(now: datetime, random: Random) -> bytes:
    person = invent_person(random)
    asked = (
        ("uVmV", "Phone", "PhoneNumber", person.phone),
        ("4KTr", "Email", "EmailInput", person.email),
        ("dSRA", "First name", "ShortAnswer", person.first_name),
        ("gq1N", "Last name", "ShortAnswer", person.last_name),
    )
    submission = {
        "submissionId": invent_id(random),
        "submissionTime": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "questions": [{"id": one, "name": name, "type": kind, "value": value} for one, name, kind, value in asked],
        "urlParameters": [],
        "calculations": [],
    }
    return orjson.dumps({"formId": "vso2wgJUKvus", "formName": "Request a call", "submission": submission})


def _samples() -> Sequence[Sample]:
    return (Sample(name="submission", make=_sample_submission),)


PROVIDER = Provider(
    name="fillout",
    title="Fillout",
    authenticate=authenticate_unsigned,
    decode=_decode,
    split=_split,
    sign=sign_unsigned,
    check=check_unsigned,
    samples=_samples,
    options=FilloutOptions,
    secrets_required=0,
    requires_path_token=True,
    facts=ProviderFacts(
        authentication="a secret address, and a header if you add one",
        covers_body=False,
        replay_window=False,
        batch="sometimes a list of submissions, up to 100 taken",
        dedupe="form and `submissionId`",
        retries="not documented",
        certainty="observed",
    ),
)
