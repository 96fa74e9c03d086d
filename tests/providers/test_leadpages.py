"""Leadpages."""

from typing import Any

import pytest
from one_event import FORM, one_event

from gateway.model import Person


@pytest.mark.parametrize(
    ("body", "content_type", "person"),
    [
        (b"first_name=Ana&phone=%2B1&email=e", FORM, Person(phone="+1", email="e", first_name="Ana")),
        (b"Phone+Number=%2B1&phone=%2B2", FORM, Person(phone="+2")),
        (b"phone=%2B1&phone=%2B2", FORM, Person(phone="+1")),
        (
            {"phone": 15550100123, "name": "Ana P"},
            "application/json",
            Person(phone="15550100123", first_name="Ana", last_name="P"),
        ),
        ([1], "application/json", Person()),
    ],
)
def test_a_post_is_one_event(body: Any, content_type: str, person: Person) -> None:
    """By the usual names of fields."""
    event = one_event("leadpages", body, content_type=content_type)
    assert (event.type, event.key, event.occurred_at, event.person) == ("form_submission", None, None, person)


def test_the_fields_are_what_counts() -> None:
    """In whatever order and encoding they come: no id is known of."""
    first = one_event("leadpages", b"phone=%2B1&email=e", content_type=FORM)
    assert one_event("leadpages", {"email": "e", "phone": "+1"}).content_key == first.content_key
    assert one_event("leadpages", {"email": "f", "phone": "+1"}).content_key != first.content_key
