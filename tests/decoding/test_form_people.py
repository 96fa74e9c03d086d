"""Persons in forms, by the usual names."""

import pytest

from gateway.decoding.people import person_in_form, split_name
from gateway.model import JsonObject, Person


@pytest.mark.parametrize(
    ("fields", "person"),
    [
        (
            {"phone": "1", "email": "e", "first_name": "A", "last_name": "B"},
            Person(phone="1", email="e", first_name="A", last_name="B"),
        ),
        (
            {"your-tel": "1", "Your-Email": "e", "Full Name": "Ana María P"},
            Person(phone="1", email="e", first_name="Ana", last_name="María P"),
        ),
        ({"Phone Number": 15550100123, "name": "Ana"}, Person(phone="15550100123", first_name="Ana")),
        ({"name": "Ana P", "surname": "Pérez"}, Person(last_name="Pérez")),
        ({"phone": "", "mobile": "2"}, Person(phone="2")),
        ({"phone": ["1", "2"]}, Person(phone="1")),
        ({"phone": "1", "Phone!": "2"}, Person(phone="1")),
        ({"message": "hi"}, Person()),
    ],
)
def test_the_person_is_found(fields: JsonObject, person: Person) -> None:
    """Case, spaces and dashes in names do not matter; the first filled field counts."""
    assert person_in_form(fields) == person


@pytest.mark.parametrize(
    ("whole", "names"),
    [
        ("Ana Pérez García", ("Ana", "Pérez García")),
        (" Ana ", ("Ana", None)),
        ("Ana  Pérez", ("Ana", "Pérez")),
        ("", (None, None)),
        (None, (None, None)),
    ],
)
def test_a_whole_name_is_split_at_its_first_space(whole: str | None, names: tuple[str | None, str | None]) -> None:
    """What follows the first space is the last name, whole."""
    assert split_name(whole) == names
