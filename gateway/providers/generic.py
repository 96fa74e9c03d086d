"""Any sender that posts JSON, a form, or a query string: Zapier, Make, n8n, code, plug-ins.

Everything is options: how requests prove themselves, how the body is read, where the event's facts stand.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any, Literal

import orjson
from pydantic import Field, field_validator

from gateway.auth.schemes import Scheme, SchemeChoice, verify
from gateway.auth.tokens import PathToken
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding.content import BodyKind, decode_body, decode_json_field
from gateway.decoding.facts import PersonPaths, TestMarker, as_object
from gateway.decoding.fields import without_field
from gateway.decoding.selectors import Selector, moment_of, parse_selector, select, text_of
from gateway.errors import Unreadable
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonObject, JsonValue, Request
from gateway.policy import Strict
from gateway.reasons import Reason

MOST_EVENTS = 1000
_HEADER = "header:"
_COMMON_NAMES = {name: (name,) for name in ("phone", "email", "first_name", "last_name")}


class GenericOptions(Strict):
    """Options of a `generic` source."""

    authentication: tuple[SchemeChoice, ...] = Field(
        (), description="any one must pass; may be left out where the source has a path_token"
    )
    body: BodyKind = Field("auto", description="how the body is read; auto goes by its content type")
    json_field: str | None = Field(None, min_length=1, description="the payload is JSON inside this field")
    split: Literal["array", "none"] = Field("array", description="array: a top-level list is one event per element")
    event_id: str | None = Field(None, description="path of the sender's event id, or header:Name")
    event_type: str | None = Field(None, description="path of the event's type, or header:Name")
    event_time: Selector | None = Field(None, description="path of when it happened: ISO 8601, s or ms since 1970")
    person: PersonPaths = Field(PersonPaths(**_COMMON_NAMES), description="where the payload holds the person")
    test: TestMarker | None = Field(None, description="what marks a test; a test never rings")

    @field_validator("authentication", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, dict) else value

    @field_validator("event_id", "event_type")
    @classmethod
    def _path_or_header(cls, place: str | None) -> str | None:
        if place is not None and not place.startswith(_HEADER):
            parse_selector(place)
        return place

    @property
    def schemes(self) -> tuple[Scheme, ...]:
        """The ways to authenticate; the path token where none is named."""
        return tuple(choice.scheme for choice in self.authentication) or (PathToken(),)


def _authenticate(request: Request, source: Source, now: datetime) -> str:
    return verify(_options(source).schemes, request, source, now)


def _decode(request: Request, source: Source) -> JsonValue:
    options = _options(source)
    payload = decode_body(request, options.body)
    if options.json_field is not None:
        return decode_json_field(payload, options.json_field)
    if isinstance(payload, dict):
        for choice in options.authentication:
            if choice.query is not None:
                payload.pop(choice.query.name, None)
    for path in (choice.body.name for choice in options.authentication if choice.body is not None):
        payload = without_field(payload, path)
    return payload


def _split(payload: JsonValue, request: Request, source: Source) -> Sequence[Event]:
    options = _options(source)
    if options.split == "none" or not isinstance(payload, list):
        return [_event(as_object(payload), request, options)]
    if len(payload) > MOST_EVENTS:
        raise Unreadable(f"the list has {len(payload)} elements; at most {MOST_EVENTS} are taken at once")
    return [_event(as_object(element), request, options, str(index)) for index, element in enumerate(payload)]


def _event(payload: JsonObject, request: Request, options: GenericOptions, index: str = "0") -> Event:
    event_id = _text_at(payload, request, options.event_id)
    from_header = (options.event_id or "").startswith(_HEADER)
    return Event(
        payload=payload,
        type=_text_at(payload, request, options.event_type) or "",
        key=None if event_id is None else (event_id, index) if from_header else (event_id,),
        occurred_at=moment_of(select(payload, options.event_time)) if options.event_time else None,
        person=options.person.person(payload),
        never_rings=Reason.TEST_EVENT if options.test is not None and options.test.marks(payload) else None,
    )


def _text_at(payload: JsonObject, request: Request, place: str | None) -> str | None:
    if place is None:
        return None
    if place.startswith(_HEADER):
        return request.header(place.removeprefix(_HEADER).strip().lower()) or None
    return text_of(select(payload, place))


def _sign(request: Request, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    return _options(source).schemes[0].sign(request, source, now)


def _sign_query(source: Source) -> str:
    return _options(source).schemes[0].query(source)


def _sign_body(request: Request, source: Source) -> bytes:
    first = next(iter(_options(source).authentication), None)
    return first.body.fill(request, source) if first is not None and first.body is not None else request.body


def _check(source: Source) -> Sequence[str]:
    options = _options(source)
    if not options.authentication and source.path_token is None:
        return ["generic needs `authentication`, or a path_token: an open endpoint could ring any phone"]
    problems = [problem for scheme in options.schemes for problem in scheme.check(source)]
    if any(not choice.path for choice in options.authentication) and not source.secrets:
        problems.append("this authentication needs `secrets`")
    return list(dict.fromkeys(problems))


def _options(source: Source) -> GenericOptions:
    options: GenericOptions = source.options
    return options


def _sample_lead(_: datetime, random: Random) -> bytes:
    person = invent_person(random)
    return orjson.dumps(
        {
            "id": invent_id(random),
            "type": "lead.created",
            "phone": person.phone,
            "email": person.email,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "interest": "demo",
        }
    )


def _samples() -> Sequence[Sample]:
    return (Sample(name="lead", make=_sample_lead),)


PROVIDER = Provider(
    name="generic",
    title="Anything that posts JSON or a form",
    authenticate=_authenticate,
    decode=_decode,
    split=_split,
    sign=_sign,
    sign_query=_sign_query,
    sign_body=_sign_body,
    check=_check,
    samples=_samples,
    options=GenericOptions,
    methods=frozenset({"GET", "POST", "PUT", "PATCH"}),
    secrets_required=0,
    facts=ProviderFacts(
        authentication="as configured: signature, token, basic, or an unguessable address",
        covers_body=False,
        replay_window=False,
        batch="a JSON list, up to 1,000",
        dedupe="the configured event id, else the body",
    ),
)
