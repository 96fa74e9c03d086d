"""What an event says of its person."""

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.decoding.facts import PersonPaths, TestMarker, as_object
from gateway.model import Person


def test_the_first_path_with_a_value_counts() -> None:
    """A path alone or several; empty text is no value."""
    paths = PersonPaths.model_validate({"phone": ["data.phone", "phone"], "email": "mail", "contact_id": "vid"})
    payload: dict[str, Any] = {"data": {"phone": " "}, "phone": 14155550123, "vid": 7}
    assert paths.person(payload) == Person(phone="14155550123", contact_id="7")


def test_a_wrong_path_does_not_load() -> None:
    """Neither alone nor in a list."""
    for wrong in ("a..b", ["a", "b["], 7):
        with pytest.raises(ValidationError):
            PersonPaths.model_validate({"phone": wrong})


def test_tests_are_marked_by_a_true_field_or_a_text() -> None:
    """As the configuration says."""
    assert TestMarker(field="is_test").marks({"is_test": True})
    assert not TestMarker(field="is_test").marks({"is_test": False})
    assert TestMarker(field="mode", equals="sandbox").marks({"mode": "sandbox"})
    assert not TestMarker(field="mode", equals="sandbox").marks({"mode": "live"})


def test_what_is_no_object_is_wrapped() -> None:
    """So that rules always see an object."""
    assert as_object({"a": 1}) == {"a": 1}
    assert as_object([1]) == {"value": [1]}
    assert as_object(None) == {"value": None}
