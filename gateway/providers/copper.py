"""Copper: ids of records that were made, changed or deleted, up to 30 a request.

Source of facts: Copper's developer documentation on webhooks. Nothing is signed: a secret address, and what a
subscription's `headers` or `secret` make Copper send along.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson
from pydantic import Field, model_validator

from gateway.auth.tokens import BodyToken
from gateway.auth.unsigned import UnsignedOptions, authenticate_unsigned, check_unsigned, sign_unsigned
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.batches import elements_of
from gateway.decoding.facts import PersonPaths, as_object, object_at
from gateway.decoding.fields import FieldPath, body_without_field, without_field
from gateway.decoding.selectors import moment_of, text_of
from gateway.errors import Unreadable
from gateway.fiction import invent_person
from gateway.model import Event, JsonObject, JsonValue, Person, Request

MOST_IDS = 30
_PEOPLE = frozenset({"lead", "person"})
# A changed attribute is a pair: what it was, what it is.
_CHANGED = PersonPaths(
    phone=("phone_numbers[1][0].number",),
    email=("emails[1][0].email", "email[1].email"),
    first_name=("first_name[1]",),
    last_name=("last_name[1]",),
)


class CopperOptions(UnsignedOptions):
    """Options of a `copper` source."""

    secret_field: FieldPath | None = Field(
        None, description="the key of the subscription's `secret`; the body then holds one of `secrets` there"
    )

    @model_validator(mode="after")
    def _one_place(self) -> "CopperOptions":
        if self.secret_field is not None and self.header is not None:
            raise ValueError("a secret stands in a `header` or in the body's `secret_field`: choose one")
        return self


def _token(source: Source) -> BodyToken | None:
    options: CopperOptions = source.options
    return None if options.secret_field is None else BodyToken(name=options.secret_field, kind="json")


def _authenticate(request: Request, source: Source, now: datetime) -> str:
    passed, token = authenticate_unsigned(request, source, now), _token(source)
    return passed if token is None else f"{passed}, {token.verify(request, source, now)}"


def _decode(request: Request, source: Source) -> JsonValue:
    payload, token = strict_json.loads(request.body), _token(source)
    return payload if token is None else without_field(payload, token.name)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    ids = elements_of(body.get("ids"), most=MOST_IDS)
    if not ids:
        raise Unreadable("the notification names no ids")
    return [_event(body, text_of(one), alone=len(ids) == 1) for one in ids]


def _event(body: JsonObject, record_id: str | None, *, alone: bool) -> Event:
    kind, happened = text_of(body.get("type")) or "", text_of(body.get("event")) or ""
    moment = text_of(body.get("timestamp"))
    return Event(
        payload={**body, "id": record_id},
        type=f"{kind}.{happened}",
        key=(kind, happened, record_id, moment) if record_id is not None and moment is not None else None,
        occurred_at=moment_of(moment),
        person=_person(body, kind, record_id, alone=alone),
    )


def _person(body: JsonObject, kind: str, record_id: str | None, *, alone: bool) -> Person:
    """Whose record it is; of the rest, what changed, which is known to be theirs where the request has one id."""
    if kind not in _PEOPLE:
        return Person()
    changed = _CHANGED.person(object_at(body, "updated_attributes")) if alone else Person()
    return Person(
        phone=changed.phone,
        email=changed.email,
        first_name=changed.first_name,
        last_name=changed.last_name,
        contact_id=record_id,
    )


def _sign_body(request: Request, source: Source) -> bytes:
    token = _token(source)
    return request.body if token is None else token.fill(request, source)


def _kept_body(request: Request, source: Source) -> bytes:
    token = _token(source)
    return request.body if token is None else body_without_field(request.body, token.name)


def _check(source: Source) -> Sequence[str]:
    token = _token(source)
    if token is None:
        return check_unsigned(source)
    return token.check(source) if source.secrets else ["`secret_field` needs `secrets`"]


def _sample_update(now: datetime, random: Random) -> bytes:
    person = invent_person(random)
    numbers = [[], [{"number": person.phone, "category": "work"}]]
    return _notification(now, random, "update", {"phone_numbers": numbers})


def _sample_new(now: datetime, random: Random) -> bytes:
    return _notification(now, random, "new", {})


def _notification(now: datetime, random: Random, happened: str, changed: object) -> bytes:
    return orjson.dumps(
        {
            "subscription_id": 17065,
            "event": happened,
            "type": "lead",
            "ids": [random.randrange(1, 10**9)],
            "timestamp": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "updated_attributes": changed,
        }
    )


def _samples() -> Sequence[Sample]:
    return (Sample(name="phone changed", make=_sample_update), Sample(name="new lead", make=_sample_new))


PROVIDER = Provider(
    name="copper",
    title="Copper",
    authenticate=_authenticate,
    decode=_decode,
    split=_split,
    sign=sign_unsigned,
    sign_body=_sign_body,
    kept_body=_kept_body,
    check=_check,
    samples=_samples,
    options=CopperOptions,
    requires_path_token=True,
    secrets_required=0,
    facts=ProviderFacts(
        authentication="a header, or a field of the body, of your choice, at a secret address",
        covers_body=False,
        replay_window=False,
        batch="up to 30 ids",
        thin="all, but for a changed phone or e-mail of one record",
        dedupe="type, event, id and timestamp together",
        retries="never",
        certainty="documented",
    ),
)
