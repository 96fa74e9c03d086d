"""Keap: REST hooks, which name what changed, and the campaign step "Send HTTP POST", a form.

Source of facts: Keap's "REST Hook Documentation" (batches, verification, tries); the echo of the header in the answer
is known from independent receivers. Nothing is signed: the address is secret.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from urllib.parse import urlencode

import orjson

from gateway.auth.unsigned import UnsignedOptions, authenticate_unsigned, check_unsigned, sign_unsigned
from gateway.contracts import Provider, ProviderFacts, Reply, Sample, Source
from gateway.decoding.batches import elements_of
from gateway.decoding.content import decode_body
from gateway.decoding.facts import as_object, first_text
from gateway.decoding.people import person_in_form
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_person
from gateway.handshakes.challenges import echo_header, echoed_header
from gateway.model import Accepted, Event, JsonObject, JsonValue, Person, Request

MOST_OBJECTS = 1000
_PHONES = ("Phone1", "phone1", "contact_phone1", "Phone2")
_IDS = ("contactId", "contact_id", "Id", "id")


class KeapOptions(UnsignedOptions):
    """Options of a `keap` source."""


def _decode(request: Request, _: Source) -> JsonValue:
    return decode_body(request)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    if "event_key" not in body:
        return [_posted(body)]
    return [_event(body, as_object(one)) for one in elements_of(body.get("object_keys"), most=MOST_OBJECTS)]


def _event(body: JsonObject, changed: JsonObject) -> Event:
    """One changed object: its id, and what happened to which kind of thing."""
    kind, about = text_of(body.get("event_key")) or "", text_of(body.get("object_type")) or ""
    record_id, moment = text_of(changed.get("id")), text_of(changed.get("timestamp"))
    return Event(
        payload={"event_key": kind, "object_type": about, "object": changed},
        type=kind,
        key=(kind, record_id, moment) if record_id is not None and moment is not None else None,
        occurred_at=moment_of(moment),
        person=Person(contact_id=record_id if about.lower() == "contact" else None),
    )


def _posted(body: JsonObject) -> Event:
    """A campaign's form, with fields its author named."""
    named = person_in_form(body)
    return Event(
        payload=body,
        type="http_post",
        person=Person(
            phone=named.phone or first_text(body, _PHONES),
            email=named.email,
            first_name=named.first_name,
            last_name=named.last_name,
            contact_id=first_text(body, _IDS),
        ),
    )


def _handshake(request: Request, _: Source) -> Reply | None:
    return echo_header(request)


def _reply(request: Request, _: Source, __: Sequence[Accepted]) -> Reply | None:
    """The header goes back whatever came with it; what came is stored by then."""
    headers = echoed_header(request)
    return Reply(headers=headers) if headers else None


def _sample_post(_: datetime, random: Random) -> bytes:
    person = invent_person(random)
    return urlencode(
        {
            "contactId": str(random.randrange(1, 10**6)),
            "FirstName": person.first_name,
            "LastName": person.last_name,
            "Email": person.email,
            "Phone1": person.phone,
        }
    ).encode()


def _sample_hook(now: datetime, random: Random) -> bytes:
    moment = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    changed = {"apiUrl": "", "id": random.randrange(1, 10**6), "timestamp": moment}
    return orjson.dumps({"event_key": "contact.add", "object_type": "contact", "object_keys": [changed], "api_url": ""})


def _samples() -> Sequence[Sample]:
    return (
        Sample(name="campaign post", make=_sample_post, content_type="application/x-www-form-urlencoded"),
        Sample(name="contact added", make=_sample_hook),
    )


PROVIDER = Provider(
    name="keap",
    title="Keap",
    authenticate=authenticate_unsigned,
    decode=_decode,
    split=_split,
    sign=sign_unsigned,
    check=check_unsigned,
    samples=_samples,
    handshake=_handshake,
    reply=_reply,
    options=KeapOptions,
    requires_path_token=True,
    secrets_required=0,
    facts=ProviderFacts(
        authentication="none: a secret address",
        covers_body=False,
        replay_window=False,
        batch="up to 1,000 objects",
        thin="REST hooks",
        handshake="`X-Hook-Secret` is sent back",
        dedupe="REST hooks: event, id and timestamp; campaign posts: the body",
        retries="3 in about 36 min; then the hook is inactive",
        certainty="documented",
    ),
)
