"""Lists of events."""

import pytest

from gateway.decoding.batches import MOST_EVENTS, elements_of, objects_of
from gateway.errors import Unreadable
from gateway.model import JsonObject, JsonValue


@pytest.mark.parametrize(
    ("value", "objects"),
    [
        ({"a": 1}, [{"a": 1}]),
        ([{"a": 1}, {"b": 2}], [{"a": 1}, {"b": 2}]),
        ([1, None], [{"value": 1}, {"value": None}]),
        ([], []),
        ("text", [{"value": "text"}]),
    ],
)
def test_each_element_is_an_object(value: JsonValue, objects: list[JsonObject]) -> None:
    """Whatever it is, in order; what is no list is one element."""
    assert objects_of(value) == objects


def test_a_batch_has_a_bound() -> None:
    """The error says how many there were, so that it can be split and sent again."""
    assert len(objects_of([{}] * MOST_EVENTS)) == MOST_EVENTS
    with pytest.raises(Unreadable, match="the batch has 3 events; at most 2"):
        objects_of([1, 2, 3], most=2)
    with pytest.raises(Unreadable, match="the batch has 3 events; at most 2"):
        elements_of([1, 2, 3], most=2)


@pytest.mark.parametrize(("value", "elements"), [([1, "2", None], [1, "2", None]), ([], []), ("12", []), (None, [])])
def test_what_is_no_list_has_no_elements(value: JsonValue, elements: list[JsonValue]) -> None:
    """A text is not its characters; elements stay as they are."""
    assert elements_of(value) == elements
