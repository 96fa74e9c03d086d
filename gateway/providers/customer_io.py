"""Customer.io: reporting webhooks (one thing that happened to a message or a person) and webhooks of campaigns.

Source of facts: Customer.io's documentation ("Reporting webhooks", "Securely verify requests") and receivers in public
repositories. What a campaign sends is the user's own template.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import orjson
from pydantic import Field

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac
from gateway.auth.timestamps import Timestamp
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.facts import PersonPaths, as_object, first_text
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonObject, JsonValue, Person, Request
from gateway.policy import Strict

_PROOF = Proof(
    schemes=(
        Hmac(
            name="customer.io",
            header="X-CIO-Signature",
            signed="v0:{timestamp}:{body}",
            timestamp=Timestamp(header="X-CIO-Timestamp"),
        ),
    )
)
_BY_PHONE = frozenset({"sms", "whatsapp"})


class CustomerIoOptions(Strict):
    """Options of a `customer_io` source."""

    person: PersonPaths = Field(
        PersonPaths(
            phone=("phone", "phone_number", "data.identifiers.phone"),
            email=("email", "data.identifiers.email"),
            first_name=("first_name",),
            last_name=("last_name",),
            contact_id=("data.customer_id", "data.identifiers.id", "data.identifiers.cio_id", "customer_id", "id"),
        ),
        description="where the payload holds the person",
    )


def _split(payload: JsonValue, _: Request, source: Source) -> Sequence[Event]:
    body = as_object(payload)
    event_id, told = text_of(body.get("event_id")), (text_of(body.get("object_type")), text_of(body.get("metric")))
    return [
        Event(
            payload=body,
            type=".".join(filter(None, told)),
            key=(event_id,) if event_id is not None else None,
            occurred_at=moment_of(body.get("timestamp")),
            person=_person(body, told[0], source.options),
        )
    ]


def _person(body: JsonObject, about: str | None, options: CustomerIoOptions) -> Person:
    """By the paths; of a text message its recipient, of an e-mail likewise, where they say nothing."""
    found, recipient = options.person.person(body), first_text(body, ("data.recipient",))
    return Person(
        phone=found.phone or (recipient if about in _BY_PHONE else None),
        email=found.email or (recipient if about == "email" else None),
        first_name=found.first_name,
        last_name=found.last_name,
        contact_id=found.contact_id,
    )


def _sample_campaign(_: datetime, random: Random) -> bytes:
    person = invent_person(random)
    return orjson.dumps(
        {
            "customer_id": invent_id(random),
            "phone": person.phone,
            "email": person.email,
            "first_name": person.first_name,
            "last_name": person.last_name,
        }
    )


def _sample_clicked(now: datetime, random: Random) -> bytes:
    person, customer = invent_person(random), invent_id(random)
    return orjson.dumps(
        {
            "data": {
                "campaign_id": 23,
                "customer_id": customer,
                "delivery_id": invent_id(random),
                "href": "https://example.com/callback",
                "identifiers": {"id": customer, "cio_id": "d9c106000001", "email": person.email},
                "recipient": person.phone,
            },
            "event_id": f"01{invent_id(random).upper()}",
            "object_type": "sms",
            "metric": "clicked",
            "timestamp": int(now.timestamp()),
        }
    )


def _samples() -> Sequence[Sample]:
    return Sample(name="campaign", make=_sample_campaign), Sample(name="clicked text message", make=_sample_clicked)


PROVIDER = Provider(
    name="customer_io",
    title="Customer.io",
    authenticate=_PROOF.authenticate,
    decode=lambda request, _: strict_json.loads(request.body),
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    options=CustomerIoOptions,
    dedupe_window=timedelta(days=14),  # how long it retries is not known for sure
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over timestamp and body",
        thin="reporting webhooks, but for text messages",
        dedupe="`event_id`; webhooks of campaigns by the body",
        retries="with growing gaps after any non-2xx; 4 s for an answer",
        certainty="observed",
    ),
)
