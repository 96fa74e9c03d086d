"""Formspree."""

from datetime import UTC, datetime
from typing import Any

import pytest
from one_event import one_event

from gateway.model import Person

FIELDS = {"_date": "2026-03-04T12:00:00.123456+00:00", "name": "Ana P", "email": "ana@example.com", "phone": "+1"}
BODY = {"form": "xdoq", "keys": ["name", "email"], "submission": FIELDS}


def test_a_submission_is_one_event() -> None:
    """Its moment and content are its key: no id is known of."""
    event = one_event("formspree", BODY)
    assert event.payload == BODY
    assert event.type == "form_submission"
    assert event.occurred_at == datetime(2026, 3, 4, 12, 0, 0, 123456, UTC)
    assert event.person == Person(phone="+1", email="ana@example.com", first_name="Ana", last_name="P")


def test_the_same_submission_again_is_the_same_event() -> None:
    """However its members are ordered; another moment, content or form is another."""
    key = one_event("formspree", BODY).key
    assert key is not None
    again = {"submission": dict(reversed(FIELDS.items())), "form": "xdoq", "keys": []}
    assert one_event("formspree", again).key == key
    for changed in ({**FIELDS, "_date": "2026-03-05"}, {**FIELDS, "phone": "+2"}):
        assert one_event("formspree", {**BODY, "submission": changed}).key != key
    assert one_event("formspree", {**BODY, "form": "other"}).key != key


@pytest.mark.parametrize(
    ("body", "person"),
    [
        ({"phone": 15550100123, "email": ["e"]}, Person(phone="15550100123", email="e")),
        ({"submission": [FIELDS], "tel": "+2"}, Person(phone="+2")),
        ({"submission": {"phone": None}}, Person()),
        (7, Person()),
    ],
)
def test_without_a_moment_the_body_counts(body: Any, person: Person) -> None:
    """And the fields may stand at the top level."""
    event = one_event("formspree", body)
    assert (event.key, event.occurred_at, event.person) == (None, None, person)
