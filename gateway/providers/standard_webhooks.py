"""Senders that follow Standard Webhooks (standardwebhooks.com), among them everything delivered by Svix.

Source of facts: the specification and the Svix documentation. Symmetric signatures (v1); v1a is not taken.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from random import Random

import orjson
from pydantic import Field

from gateway.auth.schemes import verify
from gateway.auth.signatures import Hmac, Pairs
from gateway.auth.timestamps import Timestamp
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.facts import PersonPaths, as_object, first_text
from gateway.decoding.selectors import moment_of, select
from gateway.fiction import invent_id, invent_person
from gateway.ids import digest
from gateway.model import Event, JsonValue, Request
from gateway.policy import Strict

_TYPES = ("type", "event_type", "eventType")
_FAMILIES = ("webhook", "svix")
_ASYMMETRIC = (b"whpk_", b"whsk_")


def _scheme(family: str) -> Hmac:
    return Hmac(
        name="standard-webhooks-v1",
        header=f"{family}-signature",
        encoding="base64",
        key="whsec",
        pairs=Pairs(signature="v1", separator=" ", joiner=","),
        signed=f"{{header:{family}-id}}.{{timestamp}}.{{body}}",
        timestamp=Timestamp(header=f"{family}-timestamp"),
    )


_SCHEMES = {family: _scheme(family) for family in _FAMILIES}


class StandardWebhooksOptions(Strict):
    """Options of a `standard_webhooks` source."""

    person: PersonPaths = Field(
        PersonPaths(
            phone=("data.phone", "data.phone_number", "phone"),
            email=("data.email", "email"),
            first_name=("data.first_name", "first_name"),
            last_name=("data.last_name", "last_name"),
        ),
        description="where the payload holds the person",
    )


def _authenticate(request: Request, source: Source, now: datetime) -> str:
    return verify([_SCHEMES[_family(request)]], request, source, now)


def _family(request: Request) -> str:
    """Which header names the request uses; with both, the specification's own, and only those."""
    return "svix" if request.header_values("svix-signature") and not _specified(request) else "webhook"


def _specified(request: Request) -> bool:
    return bool(request.header_values("webhook-signature"))


def _decode(request: Request, _: Source) -> JsonValue:
    return strict_json.loads(request.body)


def _split(payload: JsonValue, request: Request, source: Source) -> Sequence[Event]:
    options: StandardWebhooksOptions = source.options
    body = as_object(payload)
    family = _family(request)
    message_id = request.header(f"{family}-id")
    return [
        Event(
            payload=body,
            type=first_text(body, _TYPES) or "",
            key=(message_id,) if message_id else None,
            occurred_at=moment_of(select(body, "timestamp")) or moment_of(request.header(f"{family}-timestamp")),
            person=options.person.person(body),
        )
    ]


def _sign(request: Request, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    message_id = ("webhook-id", f"msg_{digest(request.body)[:24]}")  # the same message again keeps its id
    named = replace(request, headers=(*request.headers, message_id))
    return (message_id, *_SCHEMES["webhook"].sign(named, source, now))


def _check(source: Source) -> Sequence[str]:
    asymmetric = [
        f"secret {number} is an asymmetric key; only v1 signatures (whsec_…) are supported"
        for number, secret in enumerate(source.secrets, start=1)
        if secret.startswith(_ASYMMETRIC)
    ]
    return asymmetric or _SCHEMES["webhook"].check(source)


def _sample_created(now: datetime, random: Random) -> bytes:
    person = invent_person(random)
    return orjson.dumps(
        {
            "type": "contact.created",
            "timestamp": now.isoformat(),
            "data": {
                "id": invent_id(random),
                "phone": person.phone,
                "email": person.email,
                "first_name": person.first_name,
                "last_name": person.last_name,
                "interest": "demo",
            },
        }
    )


def _samples() -> Sequence[Sample]:
    return (Sample(name="contact created", make=_sample_created),)


PROVIDER = Provider(
    name="standard_webhooks",
    title="Standard Webhooks and Svix",
    authenticate=_authenticate,
    decode=_decode,
    split=_split,
    sign=_sign,
    check=_check,
    samples=_samples,
    options=StandardWebhooksOptions,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over id, timestamp and body",
        dedupe="`webhook-id`",
        retries="Svix: 8 tries in about 28 h",
        certainty="documented",
    ),
)
