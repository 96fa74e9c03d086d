"""Contact Form 7."""

from typing import Any

import pytest
from one_event import one_event

from gateway.errors import Unreadable
from gateway.model import Person


@pytest.mark.parametrize(
    ("fields", "person"),
    [
        (
            {"your-name": "Ana P", "your-email": "e", "your-tel": "+1"},
            Person(phone="+1", email="e", first_name="Ana", last_name="P"),
        ),
        (
            {"text-101": "Ana", "email-12": "e", "tel-480": "+1", "checkbox-1": ["a", "b"]},
            Person(phone="+1", email="e"),
        ),
        ({"your-name": ["Ana"], "file-1": [{"filename": "a.pdf", "content": "JVBERi0="}]}, Person(first_name="Ana")),
    ],
)
def test_a_submission_is_one_event(fields: dict[str, Any], person: Person) -> None:
    """By the form's tags, and by the kind in those nobody named."""
    event = one_event("contact_form_7", fields, content_type="application/json; charset=UTF-8")
    assert (event.type, event.key, event.payload, event.person) == ("form_submission", None, fields, person)


def test_a_submission_has_an_id_where_one_is_sent() -> None:
    """Flamingo's serial number, by a special mail tag."""
    fields = {"_serial_number": "12", "callback": "+1"}
    options = {"event_id": "_serial_number", "person": {"phone": "callback"}}
    event = one_event("contact_form_7", fields, options=options)
    assert (event.key, event.person) == (("12",), Person(phone="+1"))


def test_a_body_of_the_owners_own_must_be_json() -> None:
    """Whatever its label."""
    assert one_event("contact_form_7", b'{"tel-1":"+1"}', content_type="text/plain").person.phone == "+1"
    with pytest.raises(Unreadable):
        one_event("contact_form_7", b"Call +1", content_type="text/plain")
