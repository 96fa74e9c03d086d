"""Notion: webhooks of an integration, which are thin, and database automations that send a page's properties.

Source of facts: Notion's SDK (`verifyWebhookSignature`) and its documentation on webhooks; what an automation sends is
as people report it, for Notion does not document it.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac
from gateway.auth.unsigned import UnsignedOptions, authenticate_unsigned, check_unsigned, sign_unsigned
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.answers import Answer, person_among
from gateway.decoding.facts import as_object, first_text, object_at, objects_at
from gateway.decoding.selectors import moment_of, select, text_of
from gateway.fiction import invent_id, invent_person
from gateway.handshakes.enrolment import Enrolment
from gateway.model import Event, JsonObject, JsonValue, Person, Request

_ENROLMENT = Enrolment()
_PROOF = Proof(schemes=(Hmac(name="notion", header="X-Notion-Signature", prefix="sha256="), _ENROLMENT))


def _is_automation(source: Source) -> bool:
    options: UnsignedOptions = source.options
    return options.header is not None


def _authenticate(request: Request, source: Source, now: datetime) -> str:
    return (authenticate_unsigned if _is_automation(source) else _PROOF.authenticate)(request, source, now)


def _sign(request: Request, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    return (sign_unsigned if _is_automation(source) else _PROOF.sign)(request, source, now)


def _check(source: Source) -> Sequence[str]:
    return (check_unsigned if _is_automation(source) else _PROOF.check)(source)


def _decode(request: Request, _: Source) -> JsonValue:
    return strict_json.loads(request.body)


def _split(payload: JsonValue, _: Request, source: Source) -> Sequence[Event]:
    enrolled = None if _is_automation(source) else _ENROLMENT.event(payload)
    if enrolled is not None:
        return [enrolled]
    body = as_object(payload)
    return [_automation(body) if object_at(body, "data.properties") else _event(body)]


def _event(body: JsonObject) -> Event:
    event_id = text_of(body.get("id"))
    return Event(
        payload=body,
        type=text_of(body.get("type")) or "",
        key=(event_id,) if event_id is not None else None,
        occurred_at=moment_of(body.get("timestamp")),
    )


def _automation(body: JsonObject) -> Event:
    """A page with its properties. The attempt, which counts, is no part of the key."""
    event_id, page = first_text(body, ("source.event_id",)), first_text(body, ("data.id",)) or ""
    action = first_text(body, ("source.action_id",)) or ""
    return Event(
        payload=body,
        type="automation",
        key=("automation", event_id, action, page) if event_id is not None else None,
        occurred_at=moment_of(select(body, "data.last_edited_time")),
        person=_person(object_at(body, "data.properties")),
    )


def _person(properties: JsonObject) -> Person:
    return person_among([_answer(name, as_object(value)) for name, value in properties.items()])


def _answer(name: str, value: JsonObject) -> Answer:
    """A property by its kind. Rich text comes in pieces; relations, people and dates name nobody."""
    kind = text_of(value.get("type")) or ""
    if kind == "phone_number":
        return Answer(names=(name,), value=value.get(kind), kind="phone")
    if kind == "email":
        return Answer(names=(name,), value=value.get(kind), kind="email")
    if kind in {"title", "rich_text"}:
        pieces = [text if isinstance(text := one.get("plain_text"), str) else "" for one in objects_at(value, kind)]
        return Answer(names=(name,), value="".join(pieces))
    return Answer(names=(name,), value=value.get(kind) if kind == "number" else None)


def _stamp(now: datetime) -> str:
    return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _sample_automation(now: datetime, random: Random) -> bytes:
    person, page = invent_person(random), invent_id(random)
    name = f"{person.first_name} {person.last_name}"
    properties = {
        "Name": {"id": "title", "type": "title", "title": [{"type": "text", "plain_text": name}]},
        "Phone": {"id": "a%3Db", "type": "phone_number", "phone_number": person.phone},
        "Email": {"id": "c%3Dd", "type": "email", "email": person.email},
    }
    source = {"type": "automation", "automation_id": "a1", "action_id": "b2", "event_id": invent_id(random)}
    data = {"object": "page", "id": page, "last_edited_time": _stamp(now), "properties": properties}
    return orjson.dumps({"source": {**source, "attempt": 1}, "data": data})


def _sample_event(now: datetime, random: Random) -> bytes:
    return orjson.dumps(
        {
            "id": invent_id(random),
            "timestamp": _stamp(now),
            "workspace_id": "13950b26-c203-4f3b-b97d-93ec06319565",
            "subscription_id": "29d75c0d-5546-4414-8459-7b7a92f1fc4b",
            "type": "page.created",
            "entity": {"id": invent_id(random), "type": "page"},
            "attempt_number": 1,
        }
    )


def _samples() -> Sequence[Sample]:
    return (
        Sample(name="automation", make=_sample_automation),
        Sample(name="page created", make=_sample_event),
    )


PROVIDER = Provider(
    name="notion",
    title="Notion",
    authenticate=_authenticate,
    decode=_decode,
    split=_split,
    sign=_sign,
    check=_check,
    samples=_samples,
    options=UnsignedOptions,
    secrets_required=0,  # the first request hands over the secret
    requires_path_token=True,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over the body, at a secret address; automations: a header of your choice there",
        replay_window=False,
        thin="an integration's events",
        handshake="POST of a token, shown as an event: put it among the secrets",
        dedupe="`id`; automations: `event_id`, action and page",
        retries="said to be 8 within 24 h",
        certainty="documented",
    ),
)
