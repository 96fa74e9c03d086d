"""Stripe: events about customers and payments."""

from datetime import UTC, datetime, timedelta
from hmac import digest
from typing import Any

import orjson
import pytest
from inbound import NOW, request_of, source_of

from gateway.errors import NotAuthentic
from gateway.model import Event, Person, Request
from gateway.reasons import Reason

SECRET = b"whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH"


def delivered(event: Any, *, at: timedelta = timedelta(), version: str = "v1") -> Request:
    """A request signed here as the documentation says."""
    body, stamp = orjson.dumps(event), int((NOW + at).timestamp())
    signature = digest(SECRET, b"%d." % stamp + body, "sha256").hex()
    return request_of(body, {"Stripe-Signature": f"t={stamp},v0={'0' * 64},{version}={signature}"})


def event_of(payload: Any, **options: Any) -> Event:
    """The one event of a request that passes."""
    source, request = source_of("stripe", options, secrets=(SECRET,)), delivered(payload)
    assert source.provider.authenticate(request, source, NOW) == "stripe, secret 1 of 1"
    (event,) = source.provider.split(source.provider.decode(request, source), request, source)
    return event


@pytest.mark.parametrize(
    "request_",
    [delivered({}, version="v0"), delivered({}, at=timedelta(minutes=-6)), delivered({}, at=timedelta(minutes=6))],
    ids=["only v0", "old", "early"],
)
def test_only_a_fresh_v1_counts(request_: Request) -> None:
    """The weaker version proves nothing; the tolerance holds both ways."""
    source = source_of("stripe", secrets=(SECRET,))
    with pytest.raises(NotAuthentic):
        source.provider.authenticate(request_, source, NOW)


def test_the_event_tells_its_id_type_and_time() -> None:
    """Seconds since 1970, as Stripe writes times; without an id the body stands in."""
    event = event_of({"id": "evt_1", "type": "customer.created", "created": 1677833998})
    assert (event.key, event.type) == (("evt_1",), "customer.created")
    assert event.occurred_at == datetime.fromtimestamp(1677833998, UTC)
    assert event_of([]).key is None


@pytest.mark.parametrize(
    ("about", "person"),
    [
        (
            {"object": "customer", "id": "cus_1", "name": "Ana Pérez García", "phone": "+1", "email": "a@b"},
            Person(phone="+1", email="a@b", first_name="Ana", last_name="Pérez García", contact_id="cus_1"),
        ),
        (
            {"customer": "cus_2", "customer_details": {"phone": "+2", "email": None, "name": "Bo"}, "phone": "+9"},
            Person(phone="+2", first_name="Bo", contact_id="cus_2"),
        ),
        ({"customer": {"id": "cus_3"}, "billing_details": {"phone": "+3"}}, Person(phone="+3", contact_id="cus_3")),
        ({"customer_phone": "+4", "customer_name": "Al Ito"}, Person(phone="+4", first_name="Al", last_name="Ito")),
        ({"object": "product", "name": "Assembly service"}, Person()),
        ({"phone": True, "customer": [], "email": {"a": 1}}, Person()),
        ("text", Person()),
        (None, Person()),
    ],
)
def test_the_person_of_each_object(about: Any, person: Person) -> None:
    """The customer's details wherever the object has them; a product's name is nobody's."""
    assert event_of({"data": {"object": about}}).person == person


def test_test_mode_rings_only_where_it_is_wanted() -> None:
    """An event of test mode is a test, unless the source is there for tests."""
    assert event_of({"livemode": False}).never_rings is Reason.TEST_EVENT
    assert event_of({"livemode": True}).never_rings is None
    assert event_of({"livemode": False}, test_mode=True).never_rings is None
