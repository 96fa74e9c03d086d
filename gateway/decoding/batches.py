"""Payloads that hold several events: bounded, and each of them an object."""

from gateway.decoding.facts import as_object
from gateway.errors import Unreadable
from gateway.model import JsonObject, JsonValue

MOST_EVENTS = 500  # in one request, where the sender names no limit of its own


def objects_of(value: JsonValue, *, most: int = MOST_EVENTS) -> list[JsonObject]:
    """The elements of a list, or the one value that is none, each as an object.

    Raises Unreadable for more than `most`, saying how many there are.
    """
    return [as_object(one) for one in elements_of(value if isinstance(value, list) else [value], most=most)]


def elements_of(value: JsonValue, *, most: int = MOST_EVENTS) -> list[JsonValue]:
    """The elements of a list, such as the ids a thin event names; none where there is no list.

    Raises Unreadable for more than `most`, saying how many there are.
    """
    elements = value if isinstance(value, list) else []
    if len(elements) > most:
        raise Unreadable(f"the batch has {len(elements)} events; at most {most} are taken")
    return elements
