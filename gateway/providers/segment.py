"""Segment: calls of its tracking API (identify, track …), one or a list of them.

Source of facts: Segment's documentation of its Webhooks destination ("Webhooks (Actions)") and of the common fields.
Of a list only the first element is signed, so the rest stands and falls with a secret address.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson
from pydantic import Field

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.batches import objects_of
from gateway.decoding.facts import PersonPaths, first_text
from gateway.decoding.people import split_name
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonObject, JsonValue, Person, Request
from gateway.policy import Strict

_PROOF = Proof(
    schemes=(Hmac(name="segment", header="X-Signature", algorithm="sha1", signed="{body:first}", covers_body=False),)
)
_PLACES = ("traits", "context.traits", "properties")


def _paths(*names: str) -> tuple[str, ...]:
    return tuple(f"{place}.{name}" for place in _PLACES for name in names)


class SegmentOptions(Strict):
    """Options of a `segment` source."""

    person: PersonPaths = Field(
        PersonPaths(
            phone=_paths("phone"),
            email=_paths("email"),
            first_name=_paths("firstName", "first_name"),
            last_name=_paths("lastName", "last_name"),
            contact_id=("userId",),
        ),
        description="where a call holds the person",
    )


def _split(payload: JsonValue, _: Request, source: Source) -> Sequence[Event]:
    return [_event(call, source.options) for call in objects_of(payload)]


def _event(call: JsonObject, options: SegmentOptions) -> Event:
    message_id = text_of(call.get("messageId"))
    return Event(
        payload=call,
        type=text_of(call.get("type")) or "",
        key=(message_id,) if message_id is not None else None,
        occurred_at=moment_of(call.get("timestamp")),
        person=_person(call, options),
    )


def _person(call: JsonObject, options: SegmentOptions) -> Person:
    """The person, a whole name split where there is no first and last one."""
    found = options.person.person(call)
    first, last = split_name(first_text(call, _paths("name")[:2]))  # what properties call a name is a thing's
    named = found.first_name is not None or found.last_name is not None
    return Person(
        phone=found.phone,
        email=found.email,
        first_name=found.first_name if named else first,
        last_name=found.last_name if named else last,
        contact_id=found.contact_id,
    )


def _sample_identify(now: datetime, random: Random) -> bytes:
    person, moment = invent_person(random), now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return orjson.dumps(
        {
            "type": "identify",
            "messageId": f"ajs-{invent_id(random)}",
            "userId": invent_id(random),
            "anonymousId": invent_id(random),
            "timestamp": moment,
            "receivedAt": moment,
            "context": {"library": {"name": "analytics.js", "version": "2.11.1"}},
            "traits": {
                "phone": person.phone,
                "email": person.email,
                "firstName": person.first_name,
                "lastName": person.last_name,
            },
        }
    )


def _sample_list(now: datetime, random: Random) -> bytes:
    return b"[" + b",".join(_sample_identify(now, random) for _ in range(2)) + b"]"


def _samples() -> Sequence[Sample]:
    return Sample(name="identify", make=_sample_identify), Sample(name="list", make=_sample_list)


PROVIDER = Provider(
    name="segment",
    title="Segment",
    authenticate=_PROOF.authenticate,
    decode=lambda request, _: strict_json.loads(request.body),
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    options=SegmentOptions,
    requires_path_token=True,
    facts=ProviderFacts(
        authentication="HMAC-SHA1 over the body, of a list over its first element alone; a secret address besides",
        covers_body=False,
        replay_window=False,
        batch="where batching is on",
        thin="calls whose user has no `phone` among the traits",
        dedupe="`messageId`",
        retries="for about 4 h after 429 and 5xx",
        certainty="documented",
    ),
)
