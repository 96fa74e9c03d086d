"""Elementor Pro: submissions of its forms by the webhook action, one each.

Source of facts: the form module's source in the ProElements fork, whose code is the same. The fields come as a form,
named by their labels, or in PHP's brackets with *Advanced Data*. Nothing is signed and no header can be added.
Anything but 200 is shown to the visitor as a failure, who waits for the answer, five seconds at most.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Literal
from urllib.parse import urlencode

from gateway.auth.unsigned import authenticate_unsigned, check_unsigned, sign_unsigned
from gateway.contracts import Provider, ProviderFacts, Reply, Sample, Source
from gateway.decoding.answers import Answer, person_among
from gateway.decoding.content import decode_body
from gateway.decoding.facts import as_object, canonical_text, object_at
from gateway.decoding.flat_forms import FORM, FlatFormOptions, decode_flat_form, split_flat_form
from gateway.decoding.selectors import text_of
from gateway.fiction import invent_person
from gateway.model import Accepted, Event, JsonObject, JsonValue, Person, Request

_KINDS: Mapping[str | None, Literal["phone", "email"]] = {"tel": "phone", "email": "email"}


class ElementorOptions(FlatFormOptions):
    """Options of an `elementor` source."""


def _decode(request: Request, source: Source) -> JsonValue:
    """The fields by their labels, or with Advanced Data as `form`, `fields` and `meta`."""
    payload = decode_flat_form(request, source)
    advanced = isinstance(payload, dict) and "form[id]" in payload and any(key.startswith("fields[") for key in payload)
    return decode_body(request, "php_form") if advanced else payload


def _split(payload: JsonValue, request: Request, source: Source) -> Sequence[Event]:
    body, fields = as_object(payload), object_at(payload, "fields")
    events = split_flat_form(body, request, source)
    if not fields:
        return events
    options: ElementorOptions = source.options
    # `meta` says the minute: a visitor who sends once more has not said anything new.
    content = (canonical_text({name: value for name, value in body.items() if name != "meta"}),)
    return [
        replace(event, content_key=content, person=event.person if options.person is not None else _person(fields))
        for event in events
    ]


def _person(fields: JsonObject) -> Person:
    """By the kinds of the fields, then by their ids and labels."""
    return person_among([_answer(name, as_object(field)) for name, field in fields.items()])


def _answer(name: str, field: JsonObject) -> Answer:
    return Answer(
        names=(name, text_of(field.get("title"))),
        value=field.get("value"),
        kind=_KINDS.get(text_of(field.get("type")), ""),
    )


def _reply(_: Request, __: Source, ___: Sequence[Accepted]) -> Reply:
    """Exactly 200, whatever became of the lead."""
    return Reply(status=200)


def _sample_simple(now: datetime, random: Random) -> bytes:
    person = invent_person(random)
    return urlencode(
        {
            "Name": f"{person.first_name} {person.last_name}",
            "Email": person.email,
            "Phone": person.phone,
            "Date": now.strftime("%B %d, %Y"),
            "Time": now.strftime("%I:%M %p").lower(),
            "Page URL": "https://www.example.com/contact/",
            "Remote IP": "192.0.2.7",
            "Powered by": "Elementor",
            "form_id": "7a1b2c3",
            "form_name": "Contact",
        }
    ).encode()


def _sample_advanced(now: datetime, random: Random) -> bytes:
    person = invent_person(random)
    name = f"{person.first_name} {person.last_name}"
    asked = (("name", "text", name), ("email", "email", person.email), ("phone", "tel", person.phone))
    pairs = [("form[id]", "7a1b2c3"), ("form[name]", "Contact")]
    for field, kind, value in asked:
        facts = {"id": field, "type": kind, "title": field.title(), "value": value, "raw_value": value, "required": "1"}
        pairs += [(f"fields[{field}][{fact}]", text) for fact, text in facts.items()]
    moment = now.strftime("%I:%M %p").lower()
    return urlencode([*pairs, ("meta[time][title]", "Time"), ("meta[time][value]", moment)]).encode()


def _samples() -> Sequence[Sample]:
    return (
        Sample(name="submission", make=_sample_simple, content_type=FORM),
        Sample(name="advanced data", make=_sample_advanced, content_type=FORM),
    )


PROVIDER = Provider(
    name="elementor",
    title="Elementor forms",
    authenticate=authenticate_unsigned,
    decode=_decode,
    split=_split,
    sign=sign_unsigned,
    check=check_unsigned,
    samples=_samples,
    options=ElementorOptions,
    reply=_reply,
    secrets_required=0,
    requires_path_token=True,
    facts=ProviderFacts(
        authentication="a secret address",
        covers_body=False,
        replay_window=False,
        dedupe="the fields' content",
        retries="none: the visitor sees an error after anything but 200",
        certainty="documented",
    ),
)
