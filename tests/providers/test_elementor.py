"""Elementor."""

from typing import Any
from urllib.parse import urlencode

import pytest
from inbound import request_of, source_of
from one_event import FORM, one_event

from gateway.model import Event, Person

SIMPLE = {"Name": "Ana P", "Email": "e", "Phone": "+1", "Time": "3:04 pm", "form_id": "7a1", "form_name": "Contact"}


def submission(fields: Any, options: Any = None) -> Event:
    """The event of a form."""
    return one_event("elementor", urlencode(fields).encode(), content_type=FORM, options=options)


def advanced(*fields: tuple[str, str, str], minute: str = "3:04 pm") -> dict[str, str]:
    """A form as Advanced Data writes it: id, type and value of each field."""
    body = {"form[id]": "7a1", "form[name]": "Contact", "meta[time][title]": "Time", "meta[time][value]": minute}
    for field, kind, value in fields:
        facts = {"id": field, "type": kind, "title": f"Your {field}", "value": value, "raw_value": value}
        body |= {f"fields[{field}][{fact}]": text for fact, text in facts.items()}
    return body


@pytest.mark.parametrize(
    ("fields", "person"),
    [
        (SIMPLE, Person(phone="+1", email="e", first_name="Ana", last_name="P")),
        ({"What is your phone?": "5550100123", "No Label field_1": "x"}, Person(phone="5550100123")),
        ({"Phone [mobile]": "5550100123", "form_id": "7a1"}, Person(phone="5550100123")),
        ({"form[id]": "a label", "Phone": "+1"}, Person(phone="+1")),
    ],
)
def test_a_submission_is_one_event(fields: dict[str, str], person: Person) -> None:
    """By the labels of its fields, as they are."""
    event = submission(fields)
    assert (event.type, event.key, event.payload, event.person) == ("form_submission", None, fields, person)


def test_advanced_data_says_what_a_field_is() -> None:
    """So the phone is found whatever it is called; of two the one plainly named so."""
    event = submission(advanced(("field_1", "tel", "+1"), ("field_2", "email", "e"), ("name", "text", "Ana P")))
    assert event.payload["form"] == {"id": "7a1", "name": "Contact"}
    assert event.person == Person(phone="+1", email="e", first_name="Ana", last_name="P")
    assert submission(advanced(("fax", "tel", "+1"), ("phone", "tel", "+2"))).person.phone == "+2"


def test_advanced_data_of_the_next_minute_says_nothing_new() -> None:
    """A visitor who saw an error sends once more."""
    first = submission(advanced(("phone", "tel", "+1")))
    assert submission(advanced(("phone", "tel", "+1"), minute="3:05 pm")).content_key == first.content_key
    assert submission(advanced(("phone", "tel", "+2"))).content_key != first.content_key


def test_the_options_say_where() -> None:
    """And only there, in either form."""
    options = {"person": {"phone": ["Tel", "fields.second.value"]}, "event_id": "fields.lead.value"}
    both = advanced(("phone", "tel", "+1"), ("second", "text", "+2"), ("lead", "hidden", "L7"))
    event = submission(both, options)
    assert (event.key, event.person) == (("L7",), Person(phone="+2"))
    assert submission(SIMPLE, options).person == Person()


@pytest.mark.parametrize(
    "body", [b"form[id]=1&fields[a]=x&fields[b][value]=y&fields[b][type][z]=t", b"form[id]=1&fields[x]=1"]
)
def test_odd_fields_are_no_error(body: bytes) -> None:
    """Fields that are no objects have no value."""
    assert one_event("elementor", body, content_type=FORM).person == Person()


def test_the_answer_is_exactly_200() -> None:
    """Whatever became of the lead: anything else shows the visitor an error."""
    source = source_of("elementor", secrets=(), path_token="Vq3tR8xWmZ0aKp5sLc7dYe2f")
    assert source.provider.reply is not None
    reply = source.provider.reply(request_of(), source, ())
    assert reply is not None
    assert reply.status == 200
