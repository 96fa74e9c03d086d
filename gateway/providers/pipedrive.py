"""Pipedrive: webhooks of version 1 and 2, one event each.

Sources of facts: Pipedrive's "Guide for Webhooks", its guide and migration guide for version 2, and captured requests
of version 1. Nothing is signed: a secret address, and HTTP basic authentication where it was set on the webhook.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson
from pydantic import Field

from gateway.auth.schemes import verify
from gateway.auth.tokens import Basic, PathToken
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.facts import as_object, first_text, object_at, objects_at
from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import moment_of, select, text_of
from gateway.fiction import invent_person
from gateway.model import Event, JsonObject, JsonValue, Person, Request
from gateway.policy import Strict

_KEY_PARTS_V1 = ("company_id", "object", "action", "id", "timestamp_micro")


class PipedriveOptions(Strict):
    """Options of a `pipedrive` source."""

    user: str | None = Field(
        None, pattern="^[^:]+$", description="the HTTP auth username of the webhook; its password is one of `secrets`"
    )


def _authenticate(request: Request, source: Source, now: datetime) -> str:
    passed, basic = verify([PathToken()], request, source, now), _basic(source)
    return passed if basic is None else f"{passed}, {basic.verify(request, source, now)}"


def _basic(source: Source) -> Basic | None:
    options: PipedriveOptions = source.options
    return None if options.user is None else Basic(user=options.user)


def _decode(request: Request, _: Source) -> JsonValue:
    return strict_json.loads(request.body)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    meta = object_at(body, "meta")
    kind = first_text(meta, ("entity", "object")) or ""
    return [
        Event(
            payload=body,
            type=_type(body, meta, kind),
            key=_key(meta, kind),
            occurred_at=moment_of(meta.get("timestamp")),
            person=_person(object_at(body, "data") or object_at(body, "current"), kind),
        )
    ]


def _type(body: JsonObject, meta: JsonObject, kind: str) -> str:
    """As Pipedrive calls its events: `added.person` in version 1, `create.person` in version 2."""
    return text_of(body.get("event")) or ".".join(filter(None, (text_of(meta.get("action")), kind)))


def _key(meta: JsonObject, kind: str) -> tuple[str, ...] | None:
    """Version 2 names the event; in version 1 what happened to which object at which microsecond is one event."""
    if "entity" in meta:
        event_id = text_of(meta.get("id"))
        return (kind, event_id) if event_id is not None else None
    parts = tuple(text_of(meta.get(part)) or "" for part in _KEY_PARTS_V1)
    return parts if all(parts[1:]) else None


def _person(record: JsonObject, kind: str) -> Person:
    """The person a `person` event holds; of a deal, a lead or an activity only the person's id."""
    if kind != "person":
        return Person(contact_id=first_text(record, ("person_id", "person_id.value")))
    named = person_in_form({name: record.get(name) for name in ("first_name", "last_name", "name")})
    return Person(
        phone=_primary(record, ("phones", "phone")),
        email=_primary(record, ("emails", "email")),
        first_name=named.first_name,
        last_name=named.last_name,
        contact_id=text_of(record.get("id")),
    )


def _primary(record: JsonObject, names: Sequence[str]) -> str | None:
    """The value marked as primary, else the first there is; a list of plain texts, or one text, is taken too."""
    for name in names:
        entries = sorted(objects_at(record, name), key=lambda entry: entry.get("primary") is not True)
        texts = [text for entry in entries if (text := text_of(entry.get("value"))) is not None]
        if found := next(iter(texts), None) or text_of(select(record, name)):
            return found
    return None


def _sign(request: Request, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    basic = _basic(source)
    return () if basic is None else basic.sign(request, source, now)


def _check(source: Source) -> Sequence[str]:
    basic = _basic(source)
    if basic is None:
        return ["`secrets` hold the password of a `user`: name it"] if source.secrets else []
    return basic.check(source) if source.secrets else ["`user` needs a password among `secrets`"]


def _sample_person(now: datetime, random: Random) -> bytes:
    person, record = invent_person(random), random.randrange(1, 10**6)
    meta = {
        "action": "create",
        "attempt": 1,
        "change_source": "app",
        "company_id": "7654321",
        "correlation_id": _uuid(random),
        "entity": "person",
        "entity_id": str(record),
        "host": "example.pipedrive.com",
        "id": _uuid(random),
        "is_bulk_edit": False,
        "permitted_user_ids": ["123"],
        "timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "type": "general",
        "user_id": "123",
        "version": "2.0",
        "webhook_id": "174632",
        "webhook_owner_id": "123",
    }
    data = {
        "id": record,
        "name": f"{person.first_name} {person.last_name}",
        "first_name": person.first_name,
        "last_name": person.last_name,
        "phones": [{"label": "work", "value": person.phone, "primary": True}],
        "emails": [{"label": "work", "value": person.email, "primary": True}],
        "custom_fields": {},
    }
    return orjson.dumps({"meta": meta, "data": data, "previous": None})


def _sample_person_v1(now: datetime, random: Random) -> bytes:
    person, record = invent_person(random), random.randrange(1, 10**6)
    seconds = int(now.timestamp())
    meta = {
        "action": "added",
        "change_source": "app",
        "company_id": 7654321,
        "id": record,
        "object": "person",
        "timestamp": seconds,
        "timestamp_micro": seconds * 10**6 + random.randrange(10**6),
        "user_id": 123,
        "v": 1,
        "webhook_id": "174632",
    }
    current = {
        "id": record,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "phone": [{"label": "work", "value": person.phone, "primary": True}],
        "email": [{"label": "work", "value": person.email, "primary": True}],
    }
    return orjson.dumps(
        {"v": 1, "event": "added.person", "retry": 0, "meta": meta, "current": current, "previous": None}
    )


def _uuid(random: Random) -> str:
    digits = f"{random.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _samples() -> Sequence[Sample]:
    return (
        Sample(name="person created", make=_sample_person),
        Sample(name="person added, version 1", make=_sample_person_v1),
    )


PROVIDER = Provider(
    name="pipedrive",
    title="Pipedrive",
    authenticate=_authenticate,
    decode=_decode,
    split=_split,
    sign=_sign,
    check=_check,
    samples=_samples,
    options=PipedriveOptions,
    requires_path_token=True,
    secrets_required=0,
    facts=ProviderFacts(
        authentication="HTTP basic, at a secret address",
        covers_body=False,
        replay_window=False,
        thin="all but `person` events",
        dedupe="`meta.id`; version 1: company, object, action, id and microsecond",
        retries="3, after 3, 30 and 150 s; ten first failures ban the webhook for 30 min",
        certainty="documented",
    ),
)
