"""Zoho Forms."""

from typing import Any

import pytest
from one_event import FORM, one_event

from gateway.model import Person


@pytest.mark.parametrize(
    ("fields", "person"),
    [
        (
            {"phone": "+1", "email": "e", "name": "Ana P"},
            Person(phone="+1", email="e", first_name="Ana", last_name="P"),
        ),
        (
            {"Name_First": "Ana", "Name_Last": "P", "Email": "e", "PhoneNumber": 15550100123},
            Person(phone="15550100123", email="e", first_name="Ana", last_name="P"),
        ),
        ({"PhoneNumber_countrycode": "+15550100123"}, Person(phone="+15550100123")),
        ({"PhoneNumber_countrycode": "+1", "PhoneNumber_countrycodeval": "5550100123"}, Person(phone="+15550100123")),
        ({"PhoneNumber_countrycodeval": "5550100123"}, Person(phone="5550100123")),
        ({"Name": {"Name_First": "Ana", "Name_Last": None}, "PhoneNumber": {}}, Person(first_name="Ana")),
        ([1], Person()),
    ],
)
def test_a_submission_is_one_event(fields: Any, person: Person) -> None:
    """By names of the owner's own, and by those Zoho generates."""
    event = one_event("zoho_forms", fields)
    assert (event.type, event.key, event.person) == ("form_submission", None, person)


def test_the_options_say_where() -> None:
    """And only there; a unique id makes a submission the same event."""
    options = {"person": {"phone": "Tel2"}, "event_id": "UniqueID"}
    fields = b"UniqueID=A-7&PhoneNumber_countrycode=%2B2&Name_First=Ana"
    event = one_event("zoho_forms", fields, content_type=FORM, options=options)
    assert (event.key, event.person) == (("A-7",), Person())
