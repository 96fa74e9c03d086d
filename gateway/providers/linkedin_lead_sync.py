"""LinkedIn Lead Sync: that somebody sent a lead form, and which answer to fetch; nothing of the person.

Source of facts: Microsoft Learn on LinkedIn's webhooks (validation, signature, deduplication) and on Lead Sync. The
names of a notification's members are as receivers in public repositories have them.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac
from gateway.contracts import Provider, ProviderFacts, Reply, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.facts import as_object, first_text
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_id
from gateway.handshakes.challenges import sign_challenge
from gateway.model import Event, JsonValue, Request

_SIGNED = "hmacsha256={body}"  # the prefix is part of what is signed
_PROOF = Proof(
    schemes=(
        Hmac(name="linkedin", header="X-LI-Signature", signed=_SIGNED),
        Hmac(name="linkedin", header="X-LI-Signature", signed=_SIGNED, prefix="hmacsha256="),  # some write it there too
    )
)
_RESPONSE = ("leadGenFormResponse", "leadFormResponse")


def _handshake(request: Request, source: Source) -> Reply | None:
    return sign_challenge(request, source)


def _decode(request: Request, _: Source) -> JsonValue:
    return strict_json.loads(request.body)


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    kind = ".".join(filter(None, (text_of(body.get("type")), text_of(body.get("leadAction")))))
    # The answer is the same however often it is told; the notification's id stands in where none is named.
    subject = first_text(body, (*_RESPONSE, "notificationId"))
    return [
        Event(
            payload=body,
            type=kind,
            key=(kind, subject) if subject is not None else None,
            occurred_at=moment_of(body.get("occurredAt")),
        )
    ]


def _sample_lead(now: datetime, random: Random) -> bytes:
    return orjson.dumps(
        {
            "type": "LEAD_ACTION",
            "leadGenFormResponse": f"urn:li:leadGenFormResponse:{invent_id(random)}",
            "leadGenForm": "urn:li:leadGenForm:3162",
            "leadType": "SPONSORED",
            "owner": {"sponsoredAccount": "urn:li:sponsoredAccount:520866471"},
            "leadAction": "CREATED",
            "occurredAt": int(now.timestamp() * 1000),
        }
    )


def _samples() -> Sequence[Sample]:
    return (Sample(name="lead created", make=_sample_lead),)


PROVIDER = Provider(
    name="linkedin_lead_sync",
    title="LinkedIn Lead Sync",
    authenticate=_PROOF.authenticate,
    decode=_decode,
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    handshake=_handshake,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over `hmacsha256=` and the body",
        replay_window=False,
        thin="every event",
        handshake="GET with a challenge, signed; again every 2 h",
        dedupe="the lead action and `leadGenFormResponse`, else `notificationId`",
        retries="after anything but 2xx; how often is not documented",
        certainty="documented",
    ),
)
