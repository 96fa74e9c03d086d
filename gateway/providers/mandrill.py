"""Mailchimp Transactional (Mandrill): many events a request, as JSON in a form's field.

Source of facts: Mailchimp's developer documentation ("Webhooks", "Authenticating webhook requests") and the library
django-anymail, which is tested with it. Before a webhook exists, Mandrill signs with a key everyone knows.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from urllib.parse import urlencode

import orjson
from pydantic import Field

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac
from gateway.contracts import Provider, ProviderFacts, Reply, Sample, Source
from gateway.decoding.batches import objects_of
from gateway.decoding.content import decode_body, decode_json_field
from gateway.decoding.facts import PersonPaths, canonical_text
from gateway.decoding.people import split_name
from gateway.decoding.selectors import moment_of, select, text_of
from gateway.fiction import invent_id, invent_person
from gateway.handshakes.probes import answer_ping, answer_probe
from gateway.model import Event, JsonObject, JsonValue, Person, Request
from gateway.policy import Strict

_PROOF = Proof(
    schemes=(
        Hmac(
            name="mandrill",
            header="X-Mandrill-Signature",
            algorithm="sha1",
            encoding="base64",
            signed="{url}{form:sorted}",
        ),
    )
)
_FIELD = "mandrill_events"
_KNOWN_KEY = b"test-webhook"


class MandrillOptions(Strict):
    """Options of a `mandrill` source."""

    person: PersonPaths = Field(
        PersonPaths(
            phone=("msg.metadata.phone",),
            email=("msg.email", "reject.email"),
            first_name=("msg.metadata.first_name",),
            last_name=("msg.metadata.last_name",),
            contact_id=("msg.metadata.contact_id",),
        ),
        description="where an event holds the person: phone and names by the metadata you send with the message",
    )


def _decode(request: Request, _: Source) -> JsonValue:
    return decode_json_field(decode_body(request, "form"), _FIELD)


def _split(payload: JsonValue, _: Request, source: Source) -> Sequence[Event]:
    return [_event(event, source.options) for event in objects_of(payload)]


def _event(event: JsonObject, options: MandrillOptions) -> Event:
    kind = text_of(event.get("event")) or text_of(event.get("type")) or ""
    return Event(
        payload=event,
        type=kind,
        key=(canonical_text(event),),  # a message's id stands in all of its events; a retry repeats all of one
        occurred_at=moment_of(event.get("ts")),
        person=_sender(event) if kind == "inbound" else options.person.person(event),
    )


def _sender(event: JsonObject) -> Person:
    """Who wrote an inbound message; `msg.email` is the address it came to."""
    first, last = split_name(text_of(select(event, "msg.from_name")))
    return Person(email=text_of(select(event, "msg.from_email")), first_name=first, last_name=last)


def _handshake(request: Request, _: Source) -> Reply | None:
    """What Mandrill asks before a webhook exists, unsigned or by the known key: HEAD, or a list of no events."""
    return answer_probe(request, methods=("HEAD",)) or answer_ping(request, {_FIELD: "[]"})


def _check(source: Source) -> Sequence[str]:
    known = [f"{_KNOWN_KEY.decode()} is a key that everyone knows"] if _KNOWN_KEY in source.secrets else []
    return [*_PROOF.check(source), *known]


def _sample_clicks(now: datetime, random: Random) -> bytes:
    person, message = invent_person(random), invent_id(random)
    metadata = {"phone": person.phone, "first_name": person.first_name, "last_name": person.last_name}
    click = {
        "event": "click",
        "_id": message,
        "ts": int(now.timestamp()),
        "url": "https://example.com/call-me",
        "msg": {
            "_id": message,
            "ts": int(now.timestamp()) - 60,
            "subject": "Your offer",
            "email": person.email,
            "sender": "sales@example.org",
            "tags": ["offer"],
            "state": "sent",
            "metadata": metadata,
        },
    }
    opened = {**click, "event": "open", "ts": int(now.timestamp()) - 5}
    return urlencode({_FIELD: orjson.dumps([opened, click]).decode()}).encode("ascii")


def _samples() -> Sequence[Sample]:
    return (Sample(name="open and click", make=_sample_clicks, content_type="application/x-www-form-urlencoded"),)


PROVIDER = Provider(
    name="mandrill",
    title="Mailchimp Transactional (Mandrill)",
    authenticate=_PROOF.authenticate,
    decode=_decode,
    split=_split,
    sign=_PROOF.sign,
    check=_check,
    samples=_samples,
    options=MandrillOptions,
    handshake=_handshake,
    facts=ProviderFacts(
        authentication="HMAC-SHA1 over address and form",
        replay_window=False,
        batch="many",
        thin="all, unless your message's metadata holds the phone",
        handshake="HEAD, or a form of an empty list",
        dedupe="the whole event",
        retries="for many hours, in growing batches",
        certainty="documented",
    ),
)
