"""Stripe: one event a request, about a customer, a checkout, a payment, an invoice.

Source of facts: Stripe's documentation ("Verify webhook signatures", "Webhooks"), its SDKs, and captured requests. The
`whsec_` secret is the key as it stands, its prefix included: it is not base64.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson
from pydantic import Field

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac, Pairs
from gateway.auth.timestamps import Timestamp
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.facts import PersonPaths, as_object, first_text, object_at
from gateway.decoding.people import split_name
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonObject, JsonValue, Person, Request
from gateway.policy import Strict
from gateway.reasons import Reason

_PROOF = Proof(
    schemes=(
        Hmac(
            name="stripe",
            header="Stripe-Signature",
            pairs=Pairs(signature="v1"),  # v0, which test mode adds, proves nothing
            signed="{timestamp}.{body}",
            timestamp=Timestamp(field="t"),
        ),
    )
)
_PERSON = PersonPaths(
    phone=("customer_details.phone", "billing_details.phone", "customer_phone", "shipping.phone", "phone"),
    email=("customer_details.email", "billing_details.email", "customer_email", "receipt_email", "email"),
    contact_id=("customer.id", "customer"),
)
_NAMES = ("customer_details.name", "billing_details.name", "customer_name", "shipping.name")


class StripeOptions(Strict):
    """Options of a `stripe` source."""

    test_mode: bool = Field(False, description="true: events of a sandbox or of test mode may ring, too")


def _split(payload: JsonValue, _: Request, source: Source) -> Sequence[Event]:
    options: StripeOptions = source.options
    body = as_object(payload)
    event_id = text_of(body.get("id"))
    return [
        Event(
            payload=body,
            type=text_of(body.get("type")) or "",
            key=(event_id,) if event_id is not None else None,
            occurred_at=moment_of(body.get("created")),
            person=_person(object_at(body, "data.object")),
            never_rings=Reason.TEST_EVENT if body.get("livemode") is False and not options.test_mode else None,
        )
    ]


def _person(about: JsonObject) -> Person:
    """The customer the object is about. An object's own name is a person's only where it is a customer."""
    is_customer = about.get("object") == "customer"
    first, last = split_name(first_text(about, (*_NAMES, "name") if is_customer else _NAMES))
    found = _PERSON.person(about)
    return Person(
        phone=found.phone,
        email=found.email,
        first_name=first,
        last_name=last,
        contact_id=text_of(about.get("id")) if is_customer else found.contact_id,
    )


def _sample_checkout(now: datetime, random: Random) -> bytes:
    person, seconds = invent_person(random), int(now.timestamp())
    name = f"{person.first_name} {person.last_name}"
    session = {
        "id": f"cs_live_{invent_id(random)}",
        "object": "checkout.session",
        "amount_total": 5900,
        "currency": "usd",
        "created": seconds,
        "customer": f"cus_{invent_id(random)[:14]}",
        "customer_details": {"email": person.email, "name": name, "phone": person.phone, "tax_exempt": "none"},
        "livemode": True,
        "mode": "payment",
        "payment_status": "paid",
        "status": "complete",
    }
    return _event(now, random, "checkout.session.completed", session)


def _sample_customer(now: datetime, random: Random) -> bytes:
    person = invent_person(random)
    customer = {
        "id": f"cus_{invent_id(random)[:14]}",
        "object": "customer",
        "created": int(now.timestamp()),
        "email": person.email,
        "livemode": True,
        "name": f"{person.first_name} {person.last_name}",
        "phone": person.phone,
    }
    return _event(now, random, "customer.created", customer)


def _event(now: datetime, random: Random, kind: str, about: object) -> bytes:
    return orjson.dumps(
        {
            "id": f"evt_{invent_id(random)}",
            "object": "event",
            "api_version": "2025-09-30.clover",
            "created": int(now.timestamp()),
            "data": {"object": about},
            "livemode": True,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
    )


def _samples() -> Sequence[Sample]:
    return Sample(name="checkout", make=_sample_checkout), Sample(name="customer", make=_sample_customer)


PROVIDER = Provider(
    name="stripe",
    title="Stripe",
    authenticate=_PROOF.authenticate,
    decode=lambda request, _: strict_json.loads(request.body),
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    options=StripeOptions,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over timestamp and body",
        thin="events of version 2, and objects without a customer's details",
        dedupe="`id`",
        retries="for 3 days after any non-2xx, redirects too; a sandbox for a few hours",
        certainty="documented",
    ),
)
