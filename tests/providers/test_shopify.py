"""Shopify: webhooks and Events."""

from base64 import b64encode
from datetime import UTC, datetime
from hmac import digest
from typing import Any

import orjson
import pytest
from inbound import NOW, request_of, source_of

from gateway.contracts import Source
from gateway.errors import NotAuthentic
from gateway.model import Event, Person, Request
from gateway.reasons import Reason

SECRET = b"hush"
ADDRESS = {"first_name": "Ana", "last_name": "Pérez", "phone": "+12125550101"}


def source(**options: Any) -> Source:
    """A shop's source."""
    return source_of("shopify", options, secrets=(SECRET,))


def delivered(payload: Any, headers: dict[str, str] | None = None, *, family: str = "X-Shopify") -> Request:
    """A request signed here as the documentation says."""
    body = orjson.dumps(payload)
    signature = b64encode(digest(SECRET, body, "sha256")).decode()
    return request_of(body, {f"{family}-Hmac-Sha256": signature, **(headers or {})})


def event_of(request: Request, **options: Any) -> Event:
    """The one event of a request that passes."""
    where = source(**options)
    assert where.provider.authenticate(request, where, NOW) == "shopify, secret 1 of 1"
    (event,) = where.provider.split(where.provider.decode(request, where), request, where)
    return event


def test_the_headers_say_what_happened() -> None:
    """Topic, id and time are not in the body; either family of names is read."""
    headers = {"Topic": "orders/create", "Webhook-Id": "w-1", "Triggered-At": "2026-01-02T03:04:05.678Z"}
    event = event_of(delivered({}, {f"X-Shopify-{name}": value for name, value in headers.items()}))
    assert (event.type, event.key) == ("orders/create", ("w-1",))
    assert event.occurred_at == datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
    change = {"topic": "Product", "action": "update", "created_at": "2026-01-02T03:04:05Z"}
    event = event_of(delivered(change, {"Shopify-Webhook-Id": "w-2"}, family="Shopify"))
    assert (event.type, event.key) == ("Product/update", ("w-2",))
    assert event.occurred_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert event_of(delivered({})).key is None


def test_the_families_do_not_mix() -> None:
    """A wrong X-Shopify signature is not rescued by a right one without X, and ids come from the same family."""
    good = delivered({}, {"X-Shopify-Hmac-Sha256": "AAAA", "Shopify-Webhook-Id": "w"}, family="Shopify")
    with pytest.raises(NotAuthentic):
        source().provider.authenticate(good, source(), NOW)
    event = event_of(delivered({}, {"Shopify-Hmac-Sha256": "AAAA", "Shopify-Webhook-Id": "w"}))
    assert event.key is None


@pytest.mark.parametrize(
    ("topic", "payload", "person"),
    [
        ("orders/create", {"phone": "+1", "email": "a@b"}, Person(phone="+1", email="a@b")),
        ("orders/create", {"phone": None, "customer": {"id": 7, "phone": "+2"}}, Person(phone="+2", contact_id="7")),
        (
            "orders/create",
            {"id": 9, "billing_address": ADDRESS},
            Person(phone="+12125550101", first_name="Ana", last_name="Pérez"),
        ),
        ("checkouts/create", {"shipping_address": {"phone": 12125550101}}, Person(phone="12125550101")),
        ("customers/create", {"id": 5, "default_address": {"phone": "+3"}}, Person(phone="+3", contact_id="5")),
        ("customers/create", {"customer": {"default_address": {"phone": "+4"}}}, Person(phone="+4")),
        ("orders/create", {"phone": {"a": 1}, "customer": [], "email": True}, Person()),
        ("customers/redact", {"customer": {"id": 1, "phone": "+5"}}, Person()),
        ("orders/create", [1], Person()),
    ],
)
def test_the_person_of_each_shape(topic: str, payload: Any, person: Person) -> None:
    """The first place with a value; nobody in privacy topics; odd types are nothing."""
    assert event_of(delivered(payload, {"X-Shopify-Topic": topic})).person == person


def test_the_paths_can_be_chosen() -> None:
    """For Events, whose body is what their query asks for."""
    request = delivered({"data": {"phone": "+1"}}, family="Shopify")
    assert event_of(request, person={"phone": "data.phone"}).person == Person(phone="+1")


@pytest.mark.parametrize(
    ("payload", "headers"),
    [
        ({"test": True}, {}),
        ({}, {"X-Shopify-Test": "true"}),
        ({"id": 820982911946154508}, {}),
        ({"id": 706405506930370084}, {}),
    ],
)
def test_a_test_never_rings(payload: Any, headers: dict[str, str]) -> None:
    """Test orders, test notifications, and the sample records of the documentation."""
    assert event_of(delivered(payload, headers)).never_rings is Reason.TEST_EVENT


def test_an_order_may_ring() -> None:
    """What is not marked as a test is none."""
    assert event_of(delivered({"test": False, "id": 1})).never_rings is None
