"""Netlify Forms."""

from datetime import UTC, datetime
from typing import Any

import pytest
from one_event import one_event

from gateway.model import Person

BODY = {
    "id": "5e7",
    "number": 12,
    "form_id": "5e6",
    "created_at": "2026-03-04T12:00:00.000Z",
    "email": "ana@example.com",
    "name": "Ana P",
    "first_name": "Ana",
    "last_name": "P",
    "data": {"phone": "+1", "name": "Ana P", "ip": "192.0.2.7"},
}


def test_a_submission_is_one_event() -> None:
    """Its id is the key; facts come from the fields, then from what Netlify repeats outside."""
    event = one_event("netlify_forms", BODY)
    assert event.payload == BODY
    assert (event.type, event.key) == ("form_submission", ("5e7",))
    assert event.occurred_at == datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert event.person == Person(phone="+1", email="ana@example.com", first_name="Ana", last_name="P")


@pytest.mark.parametrize(
    ("body", "key", "person"),
    [
        ({"data": {"Phone Number": 15550100123}}, None, Person(phone="15550100123")),
        ({"form_id": "f", "phone": ["+2"], "data": None}, None, Person(phone="+2")),
        ({"form_id": "f", "id": 7, "data": []}, ("7",), Person()),
    ],
)
def test_odd_submissions(body: dict[str, Any], key: tuple[str, ...] | None, person: Person) -> None:
    """Numbers, lists and gaps are nothing to stumble over."""
    event = one_event("netlify_forms", body)
    assert (event.type, event.key, event.person) == ("form_submission", key, person)


@pytest.mark.parametrize("body", [{"id": "d1", "state": "ready", "name": "site"}, [], "x"])
def test_a_deploy_is_no_submission(body: Any) -> None:
    """Its notification is signed alike, and its id comes again with every state."""
    event = one_event("netlify_forms", body)
    assert (event.type, event.key, event.person) == ("", None, Person())
