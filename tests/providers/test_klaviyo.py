"""Klaviyo: lists of events."""

from datetime import UTC, datetime, timedelta
from hmac import digest
from typing import Any

import orjson
import pytest
from inbound import NOW, request_of, source_of

from gateway.errors import NotAuthentic, Unreadable
from gateway.model import Event, Person, Request

SECRET = b"sixteen-or-more-characters"
SOURCE = source_of("klaviyo", secrets=(SECRET,))


def signed(payload: Any, *, at: timedelta = timedelta()) -> Request:
    """A request signed here: the body first, then the HTTP date."""
    body, stamp = orjson.dumps(payload), (NOW + at).strftime("%a, %d %b %Y %H:%M:%S GMT")
    signature = digest(SECRET, body + stamp.encode(), "sha256").hex()
    return request_of(body, {"Klaviyo-Signature": signature, "Klaviyo-Timestamp": stamp})


def events_of(payload: Any) -> list[Event]:
    """The events of a request that passes."""
    request = signed(payload)
    assert SOURCE.provider.authenticate(request, SOURCE, NOW) == "klaviyo, secret 1 of 1"
    return list(SOURCE.provider.split(SOURCE.provider.decode(request, SOURCE), request, SOURCE))


def test_an_old_request_is_refused() -> None:
    """The date is signed."""
    with pytest.raises(NotAuthentic):
        SOURCE.provider.authenticate(signed({}, at=timedelta(minutes=-6)), SOURCE, NOW)


PROFILE = {"type": "profile", "id": "p1", "attributes": {"phone_number": "+1", "email": "a@b", "first_name": "Ana"}}
LINKED = {"relationships": {"profile": {"data": {"id": "p2"}}}}


@pytest.mark.parametrize(
    ("payload", "person"),
    [
        (
            {"data": {"id": "e"}, "included": [{"type": "metric"}, PROFILE]},
            Person(phone="+1", email="a@b", first_name="Ana", contact_id="p1"),
        ),
        ({"data": LINKED}, Person(contact_id="p2")),
        (LINKED, Person(contact_id="p2")),
        ({"data": {"attributes": {"event_properties": {"phone": 12125550101}}}}, Person(phone="12125550101")),
        ({"included": {}, "data": [], "attributes": None}, Person()),
        (None, Person()),
    ],
)
def test_the_person_of_each_shape(payload: Any, person: Person) -> None:
    """The profile where it comes along; odd types are nothing."""
    (event,) = events_of({"data": [{"external_id": "e1", "topic": "t", "payload": payload}]})
    assert (event.person, event.key, event.type) == (person, ("t", "e1"), "t")


@pytest.mark.parametrize("attributes", [{"datetime": "2026-01-02T03:04:05+00:00"}, {"timestamp": 1767323045}])
def test_each_element_is_an_event(attributes: Any) -> None:
    """With its own id and time."""
    first, second = events_of({"data": [{"payload": {"data": {"id": "e1", "attributes": attributes}}}, 1], "meta": {}})
    assert (first.key, first.occurred_at) == (("", "e1"), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert (second.payload, second.key, second.occurred_at) == ({"value": 1}, None, None)


def test_what_is_no_list_is_one_event() -> None:
    """Nothing authentic is lost; a list has a bound."""
    assert [event.payload for event in events_of({"meta": {}})] == [{"meta": {}}]
    assert events_of({"data": []}) == []
    with pytest.raises(Unreadable, match="501"):
        events_of({"data": [{}] * 501})
