"""What an event says of its person."""

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.decoding.facts import PersonPaths, TestMarker, as_object, canonical_text, object_at, objects_at
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


def test_an_object_or_a_list_of_them_is_always_there() -> None:
    """Of another kind, or missing: empty, so that nothing has to be asked twice."""
    payload: dict[str, Any] = {"data": {"a": 1}, "many": [{"b": 2}, None, [{}]], "text": "x"}
    assert object_at(payload, "data") == {"a": 1}
    assert [object_at(payload, path) for path in ("many", "text", "data.a.b")] == [{}, {}, {}]
    assert objects_at(payload, "many") == [{"b": 2}]
    assert [objects_at(payload, path) for path in ("data", "text", "none")] == [[], [], []]


def test_the_same_content_reads_the_same() -> None:
    """In any order of members; a list's order is content."""
    assert canonical_text({"b": [1, 2], "a": "é"}) == canonical_text({"a": "é", "b": [1, 2]}) == '{"a":"é","b":[1,2]}'
    assert canonical_text([1, 2]) != canonical_text([2, 1])
