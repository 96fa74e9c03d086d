"""Close: events of its log, and the people in them. Its signature is judged with the published vectors."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from inbound import json_request, source_of

from gateway.model import Event, JsonValue, Person

KEY = b"b9260244ef33625f9b4b26a27db08758cdd39478b852c73f2d33ab042eb8abb4"
ANA: dict[str, Any] = {
    "id": "cont_1",
    "name": "Ana P",
    "phones": [{"phone": "+1"}],
    "emails": [{"email": "a@b.example"}],
}
IS_ANA = Person(phone="+1", email="a@b.example", first_name="Ana", last_name="P", contact_id="cont_1")


def event_of(body: JsonValue) -> Event:
    """The one event of a body."""
    source = source_of("close", secrets=[KEY])
    request = json_request(orjson.dumps(body))
    (event,) = source.provider.split(source.provider.decode(request, source), request, source)
    return event


def person_of(kind: str, data: JsonValue) -> Person:
    """The person of an event about this object."""
    return event_of({"event": {"object_type": kind, "data": data}}).person


def test_an_event_is_known_by_its_id() -> None:
    """Its type is object and action, its time is UTC though it does not say so."""
    body: Any = {
        "event": {"id": "ev_1", "object_type": "lead", "action": "created", "date_created": "2026-03-04T11:00:00.5"}
    }
    assert event_of(body) == Event(
        payload=body,
        type="lead.created",
        key=("ev_1",),
        occurred_at=datetime(2026, 3, 4, 11, 0, 0, 500_000, tzinfo=UTC),
    )


def test_an_older_event_says_what_it_is_inside() -> None:
    """As the captured one does."""
    event = event_of({"event": {"data": {"object_type": "activity.note", "action": "created"}}})
    assert (event.type, event.key) == ("activity.note.created", None)


@pytest.mark.parametrize(
    ("kind", "data", "person"),
    [
        ("contact", ANA, IS_ANA),
        ("lead", {"contacts": [{"id": "cont_0"}, ANA]}, IS_ANA),
        ("lead", {"contacts": [{"id": "cont_0", "name": "Bo"}]}, Person(first_name="Bo", contact_id="cont_0")),
        ("lead", {"contacts": []}, Person()),
        ("lead", {"contacts": "odd"}, Person()),
        ("opportunity", {"contact_id": "cont_1", "phones": [{"phone": "+1"}]}, Person(contact_id="cont_1")),
        ("contact", {"phones": [{"phone": 12125550123}], "name": 7}, Person(phone="12125550123", first_name="7")),
        ("contact", {"phones": {}, "emails": [None]}, Person()),
        ("lead", None, Person()),
    ],
)
def test_the_person_is_a_contact(kind: str, data: JsonValue, person: Person) -> None:
    """A lead's is the first who can be called."""
    assert person_of(kind, data) == person


@pytest.mark.parametrize("body", [[1], {}, {"event": 5}])
def test_any_json_is_an_event(body: JsonValue) -> None:
    """Also what is not Close's."""
    event = event_of(body)
    assert (event.type, event.key, event.person) == ("", None, Person())
