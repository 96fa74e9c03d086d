"""Tally."""

from datetime import UTC, datetime
from typing import Any

import pytest
from one_event import one_event

from gateway.model import Person


def field(label: Any, kind: str, value: Any, **more: Any) -> dict[str, Any]:
    """One field as Tally writes it."""
    return {"key": "question_1", "label": label, "type": kind, "value": value, **more}


PHONE = field("How can we reach you?", "INPUT_PHONE_NUMBER", "+15550100123")
DATA = {
    "responseId": "2wgx4n",
    "submissionId": "2wgx4n",
    "formId": "VwbNEw",
    "createdAt": "2026-06-28T15:00:21Z",
    "fields": [PHONE, field("Write to", "INPUT_EMAIL", "ana@example.com"), field("Name", "INPUT_TEXT", "Ana P")],
}
BODY = {"eventId": "a4cb", "eventType": "FORM_RESPONSE", "createdAt": "2026-06-28T15:00:22Z", "data": DATA}


def test_a_response_is_one_event() -> None:
    """With its form's and its own id, and the moment it was submitted."""
    event = one_event("tally", BODY)
    assert event.payload == BODY
    assert (event.type, event.key) == ("FORM_RESPONSE", ("FORM_RESPONSE", "VwbNEw", "2wgx4n"))
    assert event.occurred_at == datetime(2026, 6, 28, 15, 0, 21, tzinfo=UTC)
    assert event.person == Person(phone="+15550100123", email="ana@example.com", first_name="Ana", last_name="P")


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({**BODY, "eventId": "other"}, ("FORM_RESPONSE", "VwbNEw", "2wgx4n")),
        ({"eventType": "E", "data": {"responseId": 7}}, ("E", "", "7")),
        ({"eventType": "E", "eventId": "a4cb"}, ("E", "a4cb")),
        ({"data": []}, None),
        ("x", None),
    ],
)
def test_what_tells_events_apart(body: Any, key: tuple[str, ...] | None) -> None:
    """The submission, else the event, else the body."""
    assert one_event("tally", body).key == key


def test_the_time_may_stand_outside() -> None:
    """Where the response itself has none."""
    event = one_event("tally", {"createdAt": "2026-06-28T15:00:22Z"})
    assert event.occurred_at == datetime(2026, 6, 28, 15, 0, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "person"),
    [
        ([field("Fax", "INPUT_PHONE_NUMBER", "+1"), field("Phone", "INPUT_PHONE_NUMBER", "+2")], Person(phone="+2")),
        ([field("Phone", "INPUT_TEXT", 4155550100)], Person(phone="4155550100")),
        ([field("phone", "HIDDEN_FIELDS", "+1")], Person(phone="+1")),
        ([field("Name", "DROPDOWN", ["id1"], options=[{"id": "id1", "text": "A"}])], Person()),
        ([field("Phone", "INPUT_PHONE_NUMBER", None), field(None, "INPUT_EMAIL", "e"), None], Person(email="e")),
        ({"label": "Phone"}, Person()),
    ],
)
def test_the_person_among_the_fields(fields: Any, person: Person) -> None:
    """By type, then by label; a choice's id is nobody's name."""
    assert one_event("tally", {**BODY, "data": {"fields": fields}}).person == person
