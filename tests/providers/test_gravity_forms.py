"""Gravity Forms."""

from datetime import UTC, datetime
from typing import Any

import pytest
from inbound import request_of, source_of
from one_event import FORM, one_event

from gateway.model import Person

ENTRY = {
    "id": "123",
    "form_id": "4",
    "date_created": "2026-01-02 03:04:05",
    "source_url": "https://site.example/contact/",
    "1.3": "Ana",
    "1.6": "P",
    "2": "ana@example.com",
    "3": "(555) 010-0123",
}
FIELDS = {"phone": "3", "email": "2", "first_name": '"1.3"', "last_name": '"1.6"'}


def test_an_entry_is_one_event() -> None:
    """Its fields stand under their numbers, its moment is in UTC."""
    event = one_event("gravity_forms", ENTRY, options={"person": FIELDS})
    assert event.key == ("4", "123", "https://site.example/contact/")
    assert event.occurred_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert event.person == Person(phone="(555) 010-0123", email="ana@example.com", first_name="Ana", last_name="P")
    assert one_event("gravity_forms", ENTRY).person == Person()


def test_another_websites_entry_is_another_event() -> None:
    """Each counts its entries for itself; the same entry sent anew stays the same."""
    first = one_event("gravity_forms", ENTRY)
    assert one_event("gravity_forms", {**ENTRY, "status": "spam"}).key == first.key
    assert one_event("gravity_forms", {**ENTRY, "source_url": "https://other.example/"}).key != first.key


@pytest.mark.parametrize(
    ("fields", "options", "key"),
    [
        ({"phone": "+1"}, {}, None),
        ({"phone": "+1", "id": "7"}, {}, None),
        ({"phone": "+1", "entry": 7}, {"event_id": "entry"}, ("7",)),
        ({"phone": "+1", "id": 7, "form_id": 4}, {}, ("4", "7", "")),
        ({"phone": "+1", "id": [], "form_id": {}, "date_created": 5}, {}, None),
    ],
)
def test_fields_chosen_by_hand_have_the_configured_id(
    fields: dict[str, Any], options: dict[str, Any], key: tuple[str, ...] | None
) -> None:
    """Else their content counts."""
    event = one_event("gravity_forms", fields, options=options)
    assert (event.key, event.person.phone) == (key, "+1")


def test_forms_and_queries_are_read_too() -> None:
    """The same entry, whichever way it is sent."""
    form = b"id=123&form_id=4&1.3=Ana&3=%2B1"
    event = one_event("gravity_forms", form, content_type=FORM, options={"person": FIELDS})
    assert (event.key, event.person) == (("4", "123", ""), Person(phone="+1", first_name="Ana"))
    source = source_of("gravity_forms", {"person": FIELDS})
    request = request_of(b"", method="GET", query=form.decode())
    assert source.provider.decode(request, source) == event.payload
