"""WooCommerce: resources of a shop."""

from base64 import b64encode
from datetime import UTC, datetime
from hmac import digest
from typing import Any

import orjson
import pytest
from inbound import NOW, request_of, source_of

from gateway.contracts import Reply
from gateway.model import Event, Person

SECRET = b"hush"


def event_of(payload: Any, headers: dict[str, str] | None = None) -> Event:
    """The one event of a request signed here as the documentation says."""
    body = orjson.dumps(payload)
    signature = b64encode(digest(SECRET, body, "sha256")).decode()
    request = request_of(body, {"X-WC-Webhook-Signature": signature, **(headers or {})})
    source = source_of("woocommerce", secrets=(SECRET,))
    assert source.provider.authenticate(request, source, NOW) == "woocommerce, secret 1 of 1"
    (event,) = source.provider.split(source.provider.decode(request, source), request, source)
    return event


@pytest.mark.parametrize(("topic", "day"), [("order.created", 1), ("order.updated", 2), ("action.woo", 2)])
def test_the_headers_say_what_happened(topic: str, day: int) -> None:
    """The time is the one that belongs to the topic, in UTC."""
    times = {"date_created_gmt": "2026-01-01T03:04:05", "date_modified_gmt": "2026-01-02T03:04:05"}
    event = event_of(times, {"X-WC-Webhook-Topic": topic, "X-WC-Webhook-Delivery-ID": "d-1"})
    assert (event.type, event.key) == (topic, ("d-1",))
    assert event.occurred_at == datetime(2026, 1, day, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("topic", "payload", "person"),
    [
        (
            "order.created",
            {
                "id": 3,
                "customer_id": 0,
                "billing": {"phone": "(212) 555-0101", "email": "a@b", "first_name": "Ana", "last_name": "Pérez"},
            },
            Person(phone="(212) 555-0101", email="a@b", first_name="Ana", last_name="Pérez"),
        ),
        (
            "order.created",
            {"customer_id": 7, "billing": {"phone": ""}, "shipping": {"phone": "+2"}},
            Person(phone="+2", contact_id="7"),
        ),
        ("customer.created", {"id": 25, "email": "c@d"}, Person(email="c@d", contact_id="25")),
        ("order.created", {"billing": [], "customer_id": {}}, Person()),
        ("order.created", [], Person()),
        ("", "text", Person()),
    ],
)
def test_the_person_of_each_shape(topic: str, payload: Any, person: Person) -> None:
    """A guest has no id; odd types are nothing."""
    event = event_of(payload, {"X-WC-Webhook-Topic": topic})
    assert (event.person, event.key) == (person, None)


@pytest.mark.parametrize(
    ("body", "answered"),
    [(b"webhook_id=9", True), (b"webhook_id=9&phone=1", False), (b"webhook_id=x", False), (b'{"id":1}', False)],
)
def test_the_ping_is_answered_and_nothing_else(body: bytes, answered: bool) -> None:
    """An unsigned form of an id alone gets 200; anything that could be an event does not."""
    source = source_of("woocommerce")
    assert source.provider.handshake is not None
    assert source.provider.handshake(request_of(body), source) == (Reply() if answered else None)
