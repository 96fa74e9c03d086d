"""Jotform: one submission of a form each, as multipart with the answers in a field of JSON.

Source of facts: captured requests in public test suites (webhookdb, Zulip), and Jotform's help pages.

Nothing is signed.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson

from gateway.auth.unsigned import authenticate_unsigned, check_unsigned, sign_unsigned
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding.answers import Answer, first_known, person_among
from gateway.decoding.content import decode_body, decode_json_field
from gateway.decoding.facts import as_object, canonical_text, object_at
from gateway.decoding.selectors import moment_of, select, text_of
from gateway.fiction import invent_person
from gateway.model import Event, JsonObject, JsonValue, Person, Request

_RAW = "rawRequest"
_QUESTION = re.compile(r"q[0-9]+_(?P<name>.+?)[0-9]*")  # q5_phoneNumber12: the last digits keep names apart
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BOUNDARY = "------------------------d74496d66958873e"


def _decode(request: Request, _: Source) -> JsonValue:
    """The form's fields, the answers read out of their JSON."""
    fields = as_object(decode_body(request))
    return {**fields, _RAW: decode_json_field(fields, _RAW)} if isinstance(fields.get(_RAW), str) else fields


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    fields = as_object(payload)
    submission = text_of(fields.get("submissionID"))
    return [
        Event(
            payload=fields,
            type="form_submission",
            key=None if submission is None else (text_of(fields.get("formID")) or "", submission),
            content_key=(canonical_text(fields),),  # the bytes hold a boundary drawn for each request
            occurred_at=moment_of(select(fields, f"{_RAW}.submitDate")),
            person=_person(object_at(fields, _RAW)),
        )
    ]


def _person(raw: JsonObject) -> Person:
    """By the questions' names, which Jotform makes of their labels, and by the parts of compound fields."""
    matches = [(_QUESTION.fullmatch(key), value) for key, value in raw.items()]
    asked = [(match["name"], value) for match, value in matches if match is not None]
    compound = [value for _, value in asked if isinstance(value, dict) and ("first" in value or "last" in value)]
    people = [Person(first_name=text_of(one.get("first")), last_name=text_of(one.get("last"))) for one in compound]
    return first_known(person_among([_answer(name, value) for name, value in asked]), *people)


def _answer(name: str, value: JsonValue) -> Answer:
    number = _number(value) if isinstance(value, dict) else None
    return Answer(names=(name, _words(name)), value=number or value, kind="phone" if number else "")


def _number(value: JsonObject) -> str | None:
    """A compound phone field: whole, or in its parts."""
    country, area, phone = (text_of(value.get(part)) for part in ("country", "area", "phone"))
    if phone is None:
        return text_of(value.get("full"))
    return " ".join(filter(None, (f"+{country.lstrip('+')}" if country else None, area, phone)))


def _words(name: str) -> str:
    """A name such as whatIsYourPhone as words."""
    return _HUMP.sub(" ", name)


def _sample_submission(now: datetime, random: Random) -> bytes:
    person, form = invent_person(random), "240123456789012"
    answers = {
        "slug": f"submit/{form}",
        "q3_name": {"first": person.first_name, "last": person.last_name},
        "q4_email": person.email,
        "q5_phoneNumber": {"full": person.phone},
        "submitDate": str(int(now.timestamp() * 1000)),
        "event_id": f"{int(now.timestamp() * 1000)}_{form}_{random.getrandbits(28):07x}",
        "path": f"/submit/{form}",
    }
    fields = {
        "action": "",
        "username": "example",
        "formID": form,
        "type": "WEB",
        "formTitle": "Request a call",
        "submissionID": str(random.randrange(10**18, 10**19)),
        _RAW: orjson.dumps(answers).decode(),
        "pretty": f"Name:{person.first_name} {person.last_name}, Email:{person.email}, Phone Number:{person.phone}",
        "ip": "192.0.2.7",
    }
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return ("".join(parts) + f"--{_BOUNDARY}--\r\n").encode()


def _samples() -> Sequence[Sample]:
    media = f"multipart/form-data; boundary={_BOUNDARY}"
    return (Sample(name="submission", make=_sample_submission, content_type=media),)


PROVIDER = Provider(
    name="jotform",
    title="Jotform",
    authenticate=authenticate_unsigned,
    decode=_decode,
    split=_split,
    sign=sign_unsigned,
    check=check_unsigned,
    samples=_samples,
    secrets_required=0,
    requires_path_token=True,
    facts=ProviderFacts(
        authentication="a secret address",
        covers_body=False,
        replay_window=False,
        dedupe="form and `submissionID`",
        retries="not documented",
        certainty="observed",
    ),
)
