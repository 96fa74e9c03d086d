"""Intercom: notifications about contacts, conversations and tickets, one each.

Source of facts: Intercom's developer documentation ("Webhook models", "Setting up webhooks") and its libraries.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac
from gateway.contracts import Provider, ProviderFacts, Reply, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.facts import as_object, first_text, object_at
from gateway.decoding.people import split_name
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_id, invent_person
from gateway.handshakes.probes import answer_probe
from gateway.model import Event, JsonObject, JsonValue, Person, Request
from gateway.reasons import Reason

_PROOF = Proof(schemes=(Hmac(name="intercom", header="X-Hub-Signature", algorithm="sha1", prefix="sha1="),))
_PEOPLE = frozenset({"contact", "user", "lead", "visitor"})
# Where an item holds whom it is about: itself, what was tagged, who a conversation is with, who wrote it.
_PLACES = (
    "data.item",
    "data.item.contact",
    "data.item.user",
    "data.item.contacts.contacts[0]",
    "data.item.source.author",
)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    notification, topic = text_of(body.get("id")), text_of(body.get("topic")) or ""
    return [
        Event(
            payload=body,
            type=topic,
            key=(notification,) if notification is not None else None,
            occurred_at=moment_of(body.get("created_at")),
            person=_person(body),
            never_rings=Reason.HANDSHAKE if topic == "ping" else None,
        )
    ]


def _person(body: JsonObject) -> Person:
    """The contact: facts from wherever the item names the same or only person. Never a teammate."""
    people = [one for one in (object_at(body, place) for place in _PLACES) if text_of(one.get("type")) in _PEOPLE]
    whole = next((name for one in people if (name := text_of(one.get("name"))) is not None), None)
    first, last = split_name(whole)
    return Person(
        phone=_first(people, "phone"),
        email=_first(people, "email"),
        first_name=first,
        last_name=last,
        contact_id=_first(people, "id"),
    )


def _first(people: list[JsonObject], name: str) -> str | None:
    return next((text for one in people if (text := first_text(one, (name,))) is not None), None)


def _handshake(request: Request, _: Source) -> Reply | None:
    """The HEAD by which Intercom looks whether the address answers."""
    return answer_probe(request, methods=("HEAD",))


def _sample_lead(now: datetime, random: Random) -> bytes:
    person, seconds = invent_person(random), int(now.timestamp())
    lead = {
        "type": "contact",
        "id": invent_id(random),
        "external_id": None,
        "role": "lead",
        "email": person.email,
        "phone": person.phone,
        "name": f"{person.first_name} {person.last_name}",
        "created_at": seconds,
    }
    return orjson.dumps(
        {
            "type": "notification_event",
            "app_id": "abcd1234",
            "data": {"type": "notification_event_data", "item": lead},
            "links": {},
            "id": f"notif_{invent_id(random)}",
            "topic": "contact.lead.created",
            "delivery_status": "pending",
            "delivery_attempts": 1,
            "delivered_at": 0,
            "first_sent_at": seconds,
            "created_at": seconds,
            "self": None,
        }
    )


def _samples() -> Sequence[Sample]:
    return (Sample(name="lead", make=_sample_lead),)


PROVIDER = Provider(
    name="intercom",
    title="Intercom",
    authenticate=_PROOF.authenticate,
    decode=lambda request, _: strict_json.loads(request.body),
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    handshake=_handshake,
    facts=ProviderFacts(
        authentication="HMAC-SHA1 over the body",
        replay_window=False,
        thin="conversations, which name their contact without the phone",
        handshake="HEAD",
        dedupe="`id`",
        retries="once, after a minute; 410 switches it off",
        certainty="documented",
    ),
)
