"""TikTok: lead forms by a subscription of the Business API, and events of developer apps.

Source of facts: TikTok for Developers on webhooks (signature, `content`) for apps. Of lead subscriptions only code of
others is known: the shape, and no agreement on a signature; so a lead needs a secret address.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Literal

import orjson

from gateway.auth.schemes import Scheme, verify
from gateway.auth.signatures import Hmac, Pairs
from gateway.auth.timestamps import Timestamp
from gateway.auth.tokens import PathToken
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.answers import Answer, person_among
from gateway.decoding.batches import objects_of
from gateway.decoding.facts import as_object, canonical_text, objects_at
from gateway.decoding.selectors import moment_of, text_of
from gateway.errors import Unreadable
from gateway.fiction import invent_person
from gateway.model import Event, JsonObject, JsonValue, Request

_SIGNED = Hmac(
    name="tiktok",
    header="TikTok-Signature",
    pairs=Pairs(signature="s"),
    signed="{timestamp}.{body}",
    timestamp=Timestamp(field="t"),
)
_LEAD = "lead"
_LEAD_OBJECTS = frozenset({"1", "LEAD"})
_KINDS: Mapping[str, Literal["phone", "email"]] = {"phone_number": "phone", "phone": "phone", "email": "email"}


def _scheme(source: Source) -> Scheme:
    """A source with secrets takes nothing unsigned; one without is its address."""
    return _SIGNED if source.secrets else PathToken()


def _authenticate(request: Request, source: Source, now: datetime) -> str:
    return verify([_scheme(source)], request, source, now)


def _sign(request: Request, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    return _scheme(source).sign(request, source, now)


def _check(source: Source) -> Sequence[str]:
    return _scheme(source).check(source)


def _decode(request: Request, _: Source) -> JsonValue:
    return strict_json.loads(request.body)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    if not isinstance(body.get("entry"), list):
        return [_app_event(body)]
    about = {name: value for name, value in body.items() if name != "entry"}
    return [_entry({**about, **entry}) for entry in objects_of(body["entry"])]


def _entry(entry: JsonObject) -> Event:
    kind = text_of(entry.get("object")) or ""
    if kind not in _LEAD_OBJECTS:
        return Event(payload=entry, type=f"object.{kind}")
    lead = text_of(entry.get("id"))
    return Event(
        payload=entry,
        type=_LEAD,
        key=(_LEAD, lead) if lead is not None else None,
        occurred_at=moment_of(entry.get("create_time")) or moment_of(entry.get("time")),
        person=person_among([_answer(change) for change in objects_at(entry, "changes")]),
    )


def _answer(change: JsonObject) -> Answer:
    field = text_of(change.get("field")) or ""
    named = field.strip().lower().replace(" ", "_")
    return Answer(names=(field,), value=change.get("value"), kind=_KINDS.get(named, ""))


def _app_event(body: JsonObject) -> Event:
    """An app's event, its `content` read out of its text. It has no id: all it says is what it is known by."""
    event = {**body, "content": _content(body["content"])} if "content" in body else body
    kind, moment = text_of(body.get("event")) or "", text_of(body.get("create_time"))
    return Event(
        payload=event,
        type=kind,
        key=(kind, moment, canonical_text(event)) if kind and moment is not None else None,
        occurred_at=moment_of(moment),
    )


def _content(value: JsonValue) -> JsonValue:
    try:
        return strict_json.loads(value.encode("utf-8"), "the field content") if isinstance(value, str) else value
    except Unreadable:
        return value


def _sample_lead(now: datetime, random: Random) -> bytes:
    person, lead = invent_person(random), random.randrange(7 * 10**18, 8 * 10**18)
    answers = (
        ("name", f"{person.first_name} {person.last_name}"),
        ("email", person.email),
        ("phone_number", person.phone),
    )
    entry = {
        "id": lead,
        "page_id": 7000000000000000001,
        "advertiser_id": 7000000000000000002,
        "campaign_id": 7000000000000000003,
        "lead_source": "INSTANT_FORM",
        "create_time": int(now.timestamp()),
        "changes": [{"field": field, "value": value} for field, value in answers],
    }
    return orjson.dumps({"object": 1, "time": int(now.timestamp()), "entry": [entry]})


def _samples() -> Sequence[Sample]:
    return (Sample(name="lead", make=_sample_lead),)


PROVIDER = Provider(
    name="tiktok",
    title="TikTok",
    authenticate=_authenticate,
    decode=_decode,
    split=_split,
    sign=_sign,
    check=_check,
    samples=_samples,
    secrets_required=0,
    facts=ProviderFacts(
        authentication="leads: a secret address; app events: HMAC-SHA256 over timestamp and body",
        covers_body=False,
        replay_window=False,
        batch="leads: a list of entries, up to 500 taken",
        thin="app events",
        dedupe="the lead's `id`; app events by all they say",
        retries="app events: said to be for 72 h; leads: not documented",
        certainty="unsure",
    ),
)
