"""Squarespace: notifications about orders and extensions, one each, without the record itself.

Source of facts: Squarespace's developer documentation ("Webhooks overview", "Verifying notifications").
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.facts import as_object
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_id
from gateway.model import Event, JsonValue, Request

_PROOF = Proof(schemes=(Hmac(name="squarespace", header="Squarespace-Signature", key="hex"),))


def _split(payload: JsonValue, _: Request, __: Source) -> Sequence[Event]:
    body = as_object(payload)
    notification = text_of(body.get("id")) or text_of(body.get("notificationId"))
    return [
        Event(
            payload=body,
            type=text_of(body.get("topic")) or "",
            key=(notification,) if notification is not None else None,
            occurred_at=moment_of(body.get("createdOn")),
        )
    ]


def _sample_order(now: datetime, random: Random) -> bytes:
    return orjson.dumps(
        {
            "id": invent_id(random),
            "websiteId": "5f3c3d55ac435e1a051f77b3",
            "subscriptionId": "5f3c2155d947844beedda991",
            "topic": "order.create",
            "createdOn": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "data": {"orderId": invent_id(random)},
        }
    )


def _samples() -> Sequence[Sample]:
    return (Sample(name="order created", make=_sample_order),)


PROVIDER = Provider(
    name="squarespace",
    title="Squarespace",
    authenticate=_PROOF.authenticate,
    decode=lambda request, _: strict_json.loads(request.body),
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over the body",
        replay_window=False,
        thin="every event",
        dedupe="`id`",
        retries="not documented",
        certainty="documented",
    ),
)
