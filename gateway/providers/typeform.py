"""Typeform: one response of a form each.

Source of facts: Typeform's developer documentation ("Webhooks", "Secure your webhooks", "Example payload"). That a
test request repeats its event id as the response's token was seen in a captured one.
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
from gateway.decoding.answers import Answer, first_known, person_among
from gateway.decoding.facts import as_object, first_text, object_at, objects_at
from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import moment_of, select, text_of
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonObject, JsonValue, Person, Request
from gateway.reasons import Reason

_PROOF = Proof(schemes=(Hmac(name="typeform", header="Typeform-Signature", encoding="base64", prefix="sha256="),))
_KINDS: Mapping[str | None, Literal["phone", "email"]] = {"phone_number": "phone", "email": "email"}
_PARTIAL = "form_response_partial"


def _decode(request: Request, _: Source) -> JsonValue:
    return strict_json.loads(request.body)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    event_id, token = text_of(body.get("event_id")), first_text(body, ("form_response.token",))
    return [
        Event(
            payload=body,
            type=text_of(body.get("event_type")) or "",
            key=_key(body, event_id, token),
            occurred_at=moment_of(select(body, "form_response.submitted_at")),
            person=_person(object_at(body, "form_response")),
            never_rings=Reason.TEST_EVENT if event_id is not None and event_id == token else None,
        )
    ]


def _key(body: JsonObject, event_id: str | None, token: str | None) -> tuple[str, ...] | None:
    """A response is one event however often it is delivered; of a partial one each delivery may hold more."""
    kind = text_of(body.get("event_type")) or ""
    if token is not None and kind != _PARTIAL:
        return kind, first_text(body, ("form_response.form_id",)) or "", token
    return (kind, event_id) if event_id is not None else None


def _person(response: JsonObject) -> Person:
    """By the answers; where they lack something, by the hidden fields of the form's address."""
    questions = {text_of(one.get("id")): one for one in objects_at(response, "definition.fields")}
    answers = [_answer(answer, questions) for answer in objects_at(response, "answers")]
    return first_known(person_among(answers), person_in_form(object_at(response, "hidden")))


def _answer(answer: JsonObject, questions: Mapping[str | None, JsonObject]) -> Answer:
    """An answer under its reference and its question; the value stands under the name of its type."""
    kind = text_of(answer.get("type"))
    asked = questions.get(first_text(answer, ("field.id",)), {})
    return Answer(
        names=(first_text(answer, ("field.ref",)), text_of(asked.get("title"))),
        value=answer.get(kind) if kind is not None else None,
        kind=_KINDS.get(kind, ""),
    )


def _sample_response(now: datetime, random: Random) -> bytes:
    person, form = invent_person(random), "lT4Z3j"
    asked = (
        ("P1", "phone_number", "phone_number", "What number can we call?", person.phone),
        ("E1", "email", "email", "Your email address", person.email),
        ("N1", "text", "short_text", "First name", person.first_name),
        ("N2", "text", "short_text", "Last name", person.last_name),
    )
    fields = [{"id": one, "title": title, "type": field, "ref": f"ref-{one}"} for one, _, field, title, _ in asked]
    answers = [
        {"type": kind, kind: value, "field": {"id": one, "type": field, "ref": f"ref-{one}"}}
        for one, kind, field, _, value in asked
    ]
    stamp = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    response = {
        "form_id": form,
        "token": invent_id(random),
        "landed_at": stamp,
        "submitted_at": stamp,
        "definition": {"id": form, "title": "Request a call", "fields": fields},
        "answers": answers,
    }
    return orjson.dumps({"event_id": invent_id(random), "event_type": "form_response", "form_response": response})


def _samples() -> Sequence[Sample]:
    return (Sample(name="response", make=_sample_response),)


PROVIDER = Provider(
    name="typeform",
    title="Typeform",
    authenticate=_PROOF.authenticate,
    decode=_decode,
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over the body",
        replay_window=False,
        dedupe="form and response `token`; of partial responses `event_id`",
        retries="several after any non-2xx; 404 and 410 are said to switch the webhook off",
        certainty="documented",
    ),
)
