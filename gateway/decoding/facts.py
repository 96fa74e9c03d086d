"""What an event says of itself and its person, by paths a configuration may set."""

from collections.abc import Sequence

import orjson
from pydantic import Field, field_validator

from gateway.decoding.selectors import Selector, is_true, select, text_of
from gateway.model import JsonObject, JsonValue, Person
from gateway.policy import Strict

Paths = tuple[Selector, ...]


class PersonPaths(Strict):
    """Where a payload holds the person: a path, or several of which the first with a value counts."""

    phone: Paths = Field((), description="the phone number")
    email: Paths = Field((), description="the e-mail address")
    first_name: Paths = Field((), description="the first name")
    last_name: Paths = Field((), description="the last name")
    contact_id: Paths = Field((), description="the contact's id at the call API, if the sender stores it")

    @field_validator("*", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    def person(self, payload: JsonObject) -> Person:
        """The person as the payload gives them."""
        return Person(
            phone=first_text(payload, self.phone),
            email=first_text(payload, self.email),
            first_name=first_text(payload, self.first_name),
            last_name=first_text(payload, self.last_name),
            contact_id=first_text(payload, self.contact_id),
        )


class TestMarker(Strict):
    """How the sender marks a test: a field that is true, or that reads a certain text."""

    __test__ = False  # not a test class, whatever its name says to pytest

    field: Selector
    equals: str | None = Field(None, description="default: true, 1, yes or on")

    def marks(self, payload: JsonObject) -> bool:
        """Whether this payload is a test."""
        value = select(payload, self.field)
        return is_true(value) if self.equals is None else text_of(value) == self.equals


def first_text(payload: JsonValue, paths: Sequence[str]) -> str | None:
    """The text at the first path that has one."""
    return next((text for path in paths if (text := text_of(select(payload, path))) is not None), None)


def as_object(value: JsonValue) -> JsonObject:
    """The payload of an event: an object as it is, anything else as {"value": …}."""
    return value if isinstance(value, dict) else {"value": value}


def object_at(value: JsonValue, path: str) -> JsonObject:
    """The object at the path; an empty one where there is none."""
    found = select(value, path)
    return found if isinstance(found, dict) else {}


def objects_at(value: JsonValue, path: str) -> list[JsonObject]:
    """The objects of the list at the path, without what is none; empty where there is no list."""
    found = select(value, path)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def canonical_text(value: JsonValue) -> str:
    """The value as JSON text that is the same for the same content, in whatever order its members came."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
