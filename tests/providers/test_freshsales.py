"""Freshsales: fields of a workflow's choice, in whatever form."""

from datetime import UTC, datetime

import orjson
import pytest
from inbound import json_request, request_of, source_of

from gateway.model import Event, JsonValue, Person, Request

PATH = "Vq3tR8xWmZ0aKp5sLc7dYe2f"
ANA = Person(phone="+1", first_name="Ana", contact_id="5")


def event_of(request: Request) -> Event:
    """The one event of a request."""
    source = source_of("freshsales", secrets=(), path_token=PATH)
    (event,) = source.provider.split(source.provider.decode(request, source), request, source)
    return event


@pytest.mark.parametrize(
    ("body", "person"),
    [
        ({"contact_id": 5, "contact_mobile_number": "+1", "contact_first_name": "Ana"}, ANA),
        ({"lead_id": 5, "lead_work_number": "+1", "lead_first_name": "Ana"}, ANA),
        ({"id": 5, "phone": "+1", "first_name": "Ana"}, ANA),
        ({"contact": {"id": 5, "mobile_number": "+1", "first_name": "Ana"}, "event": "x"}, ANA),
        ({"any_wrapper": {"contact_id": "5", "contact_phone_number": "+1", "contact_first_name": "Ana"}}, ANA),
        ({"emails": [{"value": "a@b.example"}], "mobile_number": ["+1"]}, Person(phone="+1", email="a@b.example")),
        ({"lead_email": "a@b.example", "lead_display_name": "Ana"}, Person(email="a@b.example")),
        ({"contact": "odd", "email": {}}, Person()),
        ({"contact_phone": 12125550123}, Person(phone="12125550123")),
        ([1], Person()),
    ],
)
def test_the_person_is_found_with_and_without_prefix(body: JsonValue, person: Person) -> None:
    """At the top or in an object of its own."""
    assert event_of(json_request(orjson.dumps(body))).person == person


@pytest.mark.parametrize(
    "request_",
    [
        request_of(
            b"contact_id=5&contact_mobile=%2B1&contact_first_name=Ana",
            {"Content-Type": "application/x-www-form-urlencoded"},
        ),
        request_of(
            b"<contact><id>5</id><mobile>+1</mobile><first_name>Ana</first_name></contact>",
            {"Content-Type": "text/xml"},
        ),
        request_of(b"", method="GET", query="id=5&mobile=%2B1&first_name=Ana"),
    ],
)
def test_other_forms_are_read(request_: Request) -> None:
    """Forms, XML, and parameters of the address."""
    assert event_of(request_).person == ANA


def test_an_event_is_named_if_its_author_does() -> None:
    """It has no id; its time is the record's last change."""
    body = {"event": "hot", "contact_created_at": "2020-01-01", "contact_updated_at": "2026-03-04T11:00:00Z"}
    event = event_of(json_request(orjson.dumps(body)))
    assert (event.type, event.key, event.occurred_at) == ("hot", None, datetime(2026, 3, 4, 11, tzinfo=UTC))
    assert event_of(json_request(b"{}")).type == "workflow"
