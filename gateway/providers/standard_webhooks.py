"""Senders that follow Standard Webhooks (standardwebhooks.com), among them everything delivered by Svix.

Source of facts: the specification and the Svix documentation. The secret's form says which signature counts: `whsec_`
the symmetric v1, `whpk_` the asymmetric v1a. A public key is never taken for a shared secret.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from random import Random

import orjson
from pydantic import Field

from gateway.auth.asymmetric import Asymmetric
from gateway.auth.schemes import Scheme, verify
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
_KEY_PAIR_FORMS = (b"whpk_", b"whsk_")


def _symmetric(family: str) -> Hmac:
    return Hmac(
        name="standard-webhooks-v1",
        header=f"{family}-signature",
        encoding="base64",
        key="whsec",
        pairs=Pairs(signature="v1", separator=" ", joiner=","),
        signed=_signed(family),
        timestamp=Timestamp(header=f"{family}-timestamp"),
    )


def _asymmetric(family: str) -> Asymmetric:
    return Asymmetric(
        name="standard-webhooks-v1a",
        header=f"{family}-signature",
        pairs=Pairs(signature="v1a", separator=" ", joiner=","),
        signed=_signed(family),
        timestamp=Timestamp(header=f"{family}-timestamp"),
    )


def _signed(family: str) -> str:
    return f"{{header:{family}-id}}.{{timestamp}}.{{body}}"


_SYMMETRIC = {family: _symmetric(family) for family in _FAMILIES}
_ASYMMETRIC = {family: _asymmetric(family) for family in _FAMILIES}


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
    return verify([_scheme(_family(request), source)], request, source, now)


def _scheme(family: str, source: Source) -> Scheme:
    """The one scheme of the source's secrets. With any public key among them, all must be."""
    if any(secret.startswith(_KEY_PAIR_FORMS) for secret in source.secrets):
        return _ASYMMETRIC[family]
    return _SYMMETRIC[family]


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
    return (message_id, *_scheme("webhook", source).sign(named, source, now))


def _check(source: Source) -> Sequence[str]:
    return _scheme("webhook", source).check(source)


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
        authentication="HMAC-SHA256, or Ed25519 (v1a), over id, timestamp and body",
        dedupe="`webhook-id`",
        retries="Svix: 8 tries in about 28 h",
        certainty="documented",
    ),
)
