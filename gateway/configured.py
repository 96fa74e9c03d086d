"""Senders whose every request is the user's own making: all about them is options, and all they need stands here.

`generic` is one; Zapier, Make and n8n are others, which differ in what is known of them and in nothing else.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field, field_validator

from gateway.auth.schemes import Scheme, SchemeChoice, verify
from gateway.auth.tokens import PathToken
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding.batches import objects_of
from gateway.decoding.content import BodyKind, content_type, decode_body, decode_json_field
from gateway.decoding.facts import PersonPaths, TestMarker, as_object, canonical_text
from gateway.decoding.fields import without_field
from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import Selector, moment_of, parse_selector, select, text_of
from gateway.model import Event, JsonObject, JsonValue, Request
from gateway.policy import Strict
from gateway.reasons import Reason

MOST_EVENTS = 1000
_HEADER = "header:"


class ConfiguredOptions(Strict):
    """Options of a source that is wholly configured."""

    authentication: tuple[SchemeChoice, ...] = Field(
        (), description="any one must pass; may be left out where the source has a path_token"
    )
    body: BodyKind = Field("auto", description="how the body is read; auto goes by its content type")
    json_field: str | None = Field(None, min_length=1, description="the payload is JSON inside this field")
    split: Literal["array", "none"] = Field("array", description="array: a top-level list is one event per element")
    event_id: str | None = Field(None, description="path of the sender's event id, or header:Name")
    event_type: str | None = Field(None, description="path of the event's type, or header:Name")
    event_time: Selector | None = Field(None, description="path of when it happened: ISO 8601, s or ms since 1970")
    person: PersonPaths | None = Field(
        None, description="where the payload holds the person; default: fields named as usual"
    )
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


def configured_provider(
    *,
    name: str,
    title: str,
    samples: Callable[[], Sequence[Sample]],
    facts: ProviderFacts,
    options: type[ConfiguredOptions] = ConfiguredOptions,
) -> Provider:
    """A provider that reads everything from its source's options."""
    return Provider(
        name=name,
        title=title,
        authenticate=_authenticate,
        decode=_decode,
        split=_split,
        sign=_sign,
        sign_query=_sign_query,
        sign_body=_sign_body,
        check=_check,
        samples=samples,
        options=options,
        methods=frozenset({"GET", "POST", "PUT", "PATCH"}),
        secrets_required=0,
        facts=facts,
    )


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
    bodies = [as_object(payload)] if options.split == "none" else objects_of(payload, most=MOST_EVENTS)
    indexed = options.split != "none" and isinstance(payload, list)
    return [_event(body, request, options, str(index) if indexed else "0") for index, body in enumerate(bodies)]


def _event(payload: JsonObject, request: Request, options: ConfiguredOptions, index: str) -> Event:
    event_id = _text_at(payload, request, options.event_id)
    from_header = (options.event_id or "").startswith(_HEADER)
    drawn = content_type(request).media == "multipart/form-data"  # its bytes hold a boundary drawn for each request
    return Event(
        payload=payload,
        type=_text_at(payload, request, options.event_type) or "",
        key=None if event_id is None else (event_id, index) if from_header else (event_id,),
        content_key=(canonical_text(payload),) if drawn else None,
        occurred_at=moment_of(select(payload, options.event_time)) if options.event_time else None,
        person=person_in_form(payload) if options.person is None else options.person.person(payload),
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
    options, name = _options(source), source.provider.name
    if not options.authentication and source.path_token is None:
        return [f"{name} needs `authentication`, or a path_token: an open endpoint could ring any phone"]
    problems = [problem for scheme in options.schemes for problem in scheme.check(source)]
    if any(not choice.path for choice in options.authentication) and not source.secrets:
        problems.append("this authentication needs `secrets`")
    return list(dict.fromkeys(problems))


def _options(source: Source) -> ConfiguredOptions:
    options: ConfiguredOptions = source.options
    return options
