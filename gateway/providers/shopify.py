"""Shopify: webhooks (`X-Shopify-…` headers) and the newer Events (`Shopify-…`), one resource or change each.

Source of facts: Shopify's developer documentation ("Verify webhook deliveries", "Webhooks delivery structure", the
same two pages for Events) and its app libraries. The ids of its sample order and customer are those of the
documentation's example payloads, which test notifications repeat.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson
from pydantic import Field

from gateway.auth.schemes import verify
from gateway.auth.signatures import Hmac
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.facts import PersonPaths, as_object
from gateway.decoding.selectors import is_true, moment_of, text_of
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonObject, JsonValue, Person, Request
from gateway.policy import Strict
from gateway.reasons import Reason

_WEBHOOKS, _EVENTS = "x-shopify", "shopify"  # what the names of their headers begin with
_SCHEMES = {
    family: Hmac(name="shopify", header=f"{family}-hmac-sha256", encoding="base64") for family in (_WEBHOOKS, _EVENTS)
}
_PRIVACY = frozenset({"customers/data_request", "customers/redact", "shop/redact"})
_SAMPLE_IDS = frozenset({"820982911946154508", "706405506930370084"})


class ShopifyOptions(Strict):
    """Options of a `shopify` source."""

    person: PersonPaths = Field(
        PersonPaths(
            phone=(
                "phone",
                "customer.phone",
                "billing_address.phone",
                "shipping_address.phone",
                "default_address.phone",
                "customer.default_address.phone",
            ),
            email=("email", "contact_email", "customer.email"),
            first_name=("first_name", "customer.first_name", "billing_address.first_name"),
            last_name=("last_name", "customer.last_name", "billing_address.last_name"),
            contact_id=("customer.id",),
        ),
        description="where the payload holds the person",
    )


def _authenticate(request: Request, source: Source, now: datetime) -> str:
    return verify([_SCHEMES[_family(request)]], request, source, now)


def _family(request: Request) -> str:
    """Which header names count: with both, only those of webhooks."""
    bare = request.header_values(f"{_EVENTS}-hmac-sha256") and not request.header_values(f"{_WEBHOOKS}-hmac-sha256")
    return _EVENTS if bare else _WEBHOOKS


def _split(payload: JsonValue, request: Request, source: Source) -> Sequence[Event]:
    body, family = as_object(payload), _family(request)
    kind, delivery = _kind(body, request), request.header(f"{family}-webhook-id")
    test = is_true(request.header(f"{family}-test")) or is_true(body.get("test")) or _is_sample(body)
    return [
        Event(
            payload=body,
            type=kind,
            key=(delivery,) if delivery else None,
            occurred_at=moment_of(request.header(f"{family}-triggered-at")) or moment_of(body.get("created_at")),
            person=_person(body, kind, source.options),
            never_rings=Reason.TEST_EVENT if test else None,
        )
    ]


def _kind(body: JsonObject, request: Request) -> str:
    """A webhook's topic, such as orders/create; of an Event its topic and action, such as Product/update."""
    if _family(request) == _WEBHOOKS:
        return request.header("x-shopify-topic") or ""
    topic = text_of(body.get("topic")) or request.header("shopify-topic") or ""
    return "/".join(filter(None, (topic, text_of(body.get("action")))))


def _is_sample(body: JsonObject) -> bool:
    return text_of(body.get("id")) in _SAMPLE_IDS


def _person(body: JsonObject, kind: str, options: ShopifyOptions) -> Person:
    """The customer; nobody where Shopify asks to show or forget one, so that no rule rings them by mistake."""
    if kind in _PRIVACY:
        return Person()
    if not kind.startswith("customers/"):
        return options.person.person(body)
    own_id = PersonPaths(contact_id=("customer.id", "id"))
    return options.person.model_copy(update={"contact_id": own_id.contact_id}).person(body)


def _sign(request: Request, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    return _SCHEMES[_WEBHOOKS].sign(request, source, now)


def _check(source: Source) -> Sequence[str]:
    return _SCHEMES[_WEBHOOKS].check(source)


def _sample_order(now: datetime, random: Random) -> bytes:
    person, number = invent_person(random), random.randrange(10**12, 10**13)
    names = {"first_name": person.first_name, "last_name": person.last_name}
    customer_id = random.randrange(10**12, 10**13)
    return orjson.dumps(
        {
            "id": number,
            "admin_graphql_api_id": f"gid://shopify/Order/{number}",
            "name": f"#{random.randrange(1000, 10**6)}",
            "created_at": now.isoformat(timespec="seconds"),
            "currency": "USD",
            "total_price": "59.00",
            "test": False,
            "email": person.email,
            "phone": person.phone,
            "customer": {"id": customer_id, **names, "email": person.email, "phone": person.phone},
            "billing_address": {**names, "phone": person.phone, "city": "Springfield", "country_code": "US"},
            "line_items": [{"id": 487817672276298500, "title": "Assembly service", "quantity": 1, "price": "59.00"}],
        }
    )


def _sample_headers(now: datetime, random: Random) -> tuple[tuple[str, str], ...]:
    return (
        ("X-Shopify-Topic", "orders/create"),
        ("X-Shopify-Shop-Domain", "example.myshopify.com"),
        ("X-Shopify-API-Version", "2026-01"),
        ("X-Shopify-Webhook-Id", invent_id(random)),
        ("X-Shopify-Triggered-At", now.isoformat()),
    )


def _samples() -> Sequence[Sample]:
    return (Sample(name="order", make=_sample_order, headers=_sample_headers),)


PROVIDER = Provider(
    name="shopify",
    title="Shopify",
    authenticate=_authenticate,
    decode=lambda request, _: strict_json.loads(request.body),
    split=_split,
    sign=_sign,
    check=_check,
    samples=_samples,
    options=ShopifyOptions,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over the body, `X-Shopify-` or `Shopify-` headers",
        replay_window=False,
        thin="Events, unless their query asks for the phone",
        dedupe="the header `X-Shopify-Webhook-Id` or `Shopify-Webhook-Id`",
        retries="8 in 4 h after any non-2xx; then a subscription made by API is removed",
        certainty="documented",
    ),
)
