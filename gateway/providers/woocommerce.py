"""WooCommerce: orders, customers and other resources of a shop, one each.

Source of facts: WooCommerce's REST documentation ("Webhooks"), its source (WC_Webhook), and captured requests.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac
from gateway.contracts import Provider, ProviderFacts, Reply, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.facts import PersonPaths, as_object
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_id, invent_person
from gateway.handshakes.probes import answer_ping
from gateway.model import Event, JsonObject, JsonValue, Person, Request

_PROOF = Proof(schemes=(Hmac(name="woocommerce", header="X-WC-Webhook-Signature", encoding="base64"),))
_PERSON = PersonPaths(
    phone=("billing.phone", "shipping.phone"),
    email=("billing.email", "email"),
    first_name=("billing.first_name", "first_name"),
    last_name=("billing.last_name", "last_name"),
)
_GUEST = {None, "0"}


def _split(payload: JsonValue, request: Request, _: Source) -> Sequence[Event]:
    body, topic = as_object(payload), request.header("x-wc-webhook-topic") or ""
    delivery = request.header("x-wc-webhook-delivery-id")
    moment = "date_created_gmt" if topic.endswith(".created") else "date_modified_gmt"
    return [
        Event(
            payload=body,
            type=topic,
            key=(delivery,) if delivery else None,
            occurred_at=moment_of(body.get(moment)),
            person=_person(body, topic),
        )
    ]


def _person(body: JsonObject, topic: str) -> Person:
    found = _PERSON.person(body)
    customer = text_of(body.get("id" if topic.startswith("customer.") else "customer_id"))
    return Person(
        phone=found.phone,
        email=found.email,
        first_name=found.first_name,
        last_name=found.last_name,
        contact_id=None if customer in _GUEST else customer,
    )


def _handshake(request: Request, _: Source) -> Reply | None:
    """The unsigned ping a webhook sends when it is saved: a form of its id alone."""
    return answer_ping(request, {"webhook_id": "0123456789"})


def _sample_order(now: datetime, random: Random) -> bytes:
    person, moment = invent_person(random), now.strftime("%Y-%m-%dT%H:%M:%S")
    names = {"first_name": person.first_name, "last_name": person.last_name}
    return orjson.dumps(
        {
            "id": random.randrange(1000, 10**9),
            "status": "processing",
            "currency": "USD",
            "date_created_gmt": moment,
            "date_modified_gmt": moment,
            "total": "59.00",
            "customer_id": 0,
            "billing": {**names, "phone": person.phone, "email": person.email, "city": "Springfield", "country": "US"},
            "shipping": {**names, "city": "Springfield", "country": "US", "phone": ""},
            "payment_method": "stripe",
            "line_items": [{"id": 315, "name": "Assembly service", "quantity": 1, "total": "59.00"}],
        }
    )


def _sample_headers(_: datetime, random: Random) -> tuple[tuple[str, str], ...]:
    return (
        ("X-WC-Webhook-Source", "https://shop.example.com/"),
        ("X-WC-Webhook-Topic", "order.created"),
        ("X-WC-Webhook-Resource", "order"),
        ("X-WC-Webhook-Event", "created"),
        ("X-WC-Webhook-ID", "9"),
        ("X-WC-Webhook-Delivery-ID", invent_id(random)),
    )


def _samples() -> Sequence[Sample]:
    return (Sample(name="order", make=_sample_order, headers=_sample_headers),)


PROVIDER = Provider(
    name="woocommerce",
    title="WooCommerce",
    authenticate=_PROOF.authenticate,
    decode=lambda request, _: strict_json.loads(request.body),
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    handshake=_handshake,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over the body",
        replay_window=False,
        handshake="a form of `webhook_id` alone, when a webhook is saved",
        dedupe="the header `X-WC-Webhook-Delivery-ID`",
        retries="none; switched off after 5 failures in a row",
        certainty="documented",
    ),
)
