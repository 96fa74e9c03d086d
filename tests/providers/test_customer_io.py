"""Customer.io: reports, and what campaigns send."""

from datetime import timedelta
from hmac import digest
from typing import Any

import orjson
import pytest
from inbound import NOW, request_of, source_of

from gateway.errors import NotAuthentic
from gateway.model import Event, Person, Request

SECRET = b"key"


def signed(payload: Any, *, at: timedelta = timedelta()) -> Request:
    """A request signed here as the documentation says."""
    body, stamp = orjson.dumps(payload), str(int((NOW + at).timestamp()))
    signature = digest(SECRET, f"v0:{stamp}:".encode() + body, "sha256").hex()
    return request_of(body, {"X-CIO-Signature": signature, "X-CIO-Timestamp": stamp})


def event_of(payload: Any, **options: Any) -> Event:
    """The one event of a request that passes."""
    source, request = source_of("customer_io", options, secrets=(SECRET,)), signed(payload)
    assert source.provider.authenticate(request, source, NOW) == "customer.io, secret 1 of 1"
    (event,) = source.provider.split(source.provider.decode(request, source), request, source)
    return event


def test_an_old_report_is_refused() -> None:
    """The timestamp is signed."""
    source = source_of("customer_io", secrets=(SECRET,))
    with pytest.raises(NotAuthentic):
        source.provider.authenticate(signed({}, at=timedelta(minutes=-6)), source, NOW)


def test_a_report_tells_its_id_type_and_time() -> None:
    """What a campaign sends has none of them."""
    event = event_of({"event_id": "01E", "object_type": "sms", "metric": "clicked", "timestamp": int(NOW.timestamp())})
    assert (event.key, event.type, event.occurred_at) == (("01E",), "sms.clicked", NOW)
    event = event_of({"phone": "+1"})
    assert (event.key, event.type, event.occurred_at) == (None, "", None)
    assert event_of([1]).payload == {"value": [1]}


@pytest.mark.parametrize(
    ("payload", "person"),
    [
        (
            {"phone": "+1", "email": "a@b", "first_name": "Ana", "last_name": "Ito", "customer_id": 7},
            Person(phone="+1", email="a@b", first_name="Ana", last_name="Ito", contact_id="7"),
        ),
        (
            {"object_type": "sms", "data": {"recipient": "+2", "customer_id": "c", "identifiers": {"email": "c@d"}}},
            Person(phone="+2", email="c@d", contact_id="c"),
        ),
        (
            {"object_type": "email", "data": {"recipient": "e@f", "identifiers": {"id": "i"}}},
            Person(email="e@f", contact_id="i"),
        ),
        ({"object_type": "push", "data": {"recipient": "token"}}, Person()),
        ({"object_type": [], "data": "x", "phone": {}}, Person()),
    ],
)
def test_the_person_of_each_shape(payload: Any, person: Person) -> None:
    """A recipient is a phone only of what goes to phones; odd types are nothing."""
    assert event_of(payload).person == person


def test_the_paths_can_be_chosen() -> None:
    """A campaign's body is the user's own."""
    assert event_of({"who": {"mobile": "+1"}}, person={"phone": "who.mobile"}).person == Person(phone="+1")
