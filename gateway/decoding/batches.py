"""Payloads that hold several events: bounded, and each of them an object."""

from gateway.decoding.facts import as_object
from gateway.errors import Unreadable
from gateway.model import JsonObject, JsonValue

MOST_EVENTS = 500  # in one request, where the sender names no limit of its own


def objects_of(value: JsonValue, *, most: int = MOST_EVENTS) -> list[JsonObject]:
    """The elements of a list, or the one value that is none, each as an object.

    Raises Unreadable for more than `most`, saying how many there are.
    """
    elements = value if isinstance(value, list) else [value]
    if len(elements) > most:
        raise Unreadable(f"the batch has {len(elements)} events; at most {most} are taken")
    return [as_object(element) for element in elements]
