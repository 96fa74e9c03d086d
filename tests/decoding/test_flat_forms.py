"""Flat forms whose fields a website's owner named."""

from typing import Any

import pytest
from inbound import request_of, source_of

from gateway.contracts import Source
from gateway.decoding.flat_forms import decode_flat_form, person_of, split_flat_form
from gateway.errors import Unreadable
from gateway.model import JsonObject, Person

FORM = "application/x-www-form-urlencoded"
PATH = "Vq3tR8xWmZ0aKp5sLc7dYe2f"


def plug_in(**options: Any) -> Source:
    """A source of a provider that reads flat forms."""
    return source_of("ninja_forms", options, secrets=(), path_token=PATH)


@pytest.mark.parametrize(
    ("fields", "person"),
    [
        ({"your-tel": "+1", "your-email": "e", "your-name": "Ana P"}, ("+1", "e", "Ana", "P")),
        ({"tel-480": "+1", "email-7": "e", "text-1": "x"}, ("+1", "e", None, None)),
        ({"tel-480": "+1", "phone": "+2"}, ("+2", None, None, None)),
        ({"What is your phone number?": "(555) 010-0123"}, ("(555) 010-0123", None, None, None)),
        ({"May we phone you?": "yes"}, (None, None, None, None)),
        ({"Phone": 15550100123, "Name": ["Ana"]}, ("15550100123", None, "Ana", None)),
        ({"phone": {"a": 1}, "tel-1": None, "email": True}, (None, None, None, None)),
        ({}, (None, None, None, None)),
    ],
)
def test_the_person_is_found_by_names_and_kinds(fields: JsonObject, person: tuple[str | None, ...]) -> None:
    """A field plainly named so comes first, then the kind in a drawn name, then a question that asks for a phone."""
    phone, email, first_name, last_name = person
    found = person_of(fields, plug_in())
    assert found == Person(phone=phone, email=email, first_name=first_name, last_name=last_name)


def test_where_the_options_say_and_nowhere_else() -> None:
    """A number under another usual name may be somebody else's."""
    source = plug_in(person={"phone": '"1.5"'})
    assert person_of({"1.5": "+1", "phone": "+2"}, source) == Person(phone="+1")
    assert person_of({"phone": "+2", "email": "e"}, source) == Person()


def test_an_entry_has_the_configured_id() -> None:
    """Without one, and where the field is missing, the content counts, in whatever order it came."""
    fields: JsonObject = {"entry": 7, "phone": "+1"}
    (event,) = split_flat_form(fields, request_of(), plug_in(event_id="entry"))
    assert (event.key, event.type, event.person.phone) == (("7",), "form_submission", "+1")
    (again,) = split_flat_form({"phone": "+1", "entry": 7}, request_of(), plug_in())
    assert (again.key, again.content_key) == (None, event.content_key)
    (missing,) = split_flat_form({"phone": "+1"}, request_of(), plug_in(event_id="entry"))
    assert missing.key is None
    assert missing.content_key != event.content_key
    (odd,) = split_flat_form([1], request_of(), plug_in())
    assert odd.payload == {"value": [1]}


@pytest.mark.parametrize(
    ("body", "content_type", "query", "payload"),
    [
        (b"a=1&a=2", FORM, "", {"a": ["1", "2"]}),
        (b'{"a":1}', FORM, "", {"a": 1}),
        (b' {"a":1}', "text/plain", "", {"a": 1}),
        (b'{"a":1}', "text/html", "", {"a": 1}),
        (b"", "", "a=1", {"a": "1"}),
    ],
)
def test_bodies_of_every_kind(body: bytes, content_type: str, query: str, payload: JsonObject) -> None:
    """JSON is JSON whatever it is labelled; without a body the query counts."""
    request = request_of(body, {"Content-Type": content_type}, query=query)
    assert decode_flat_form(request, plug_in()) == payload


@pytest.mark.parametrize("body", [b"Hello", b"", b"{"])
def test_what_is_no_form_cannot_be_read(body: bytes) -> None:
    """Text of the owner's own, or nothing."""
    with pytest.raises(Unreadable):
        decode_flat_form(request_of(body, {"Content-Type": "text/plain"}), plug_in())
