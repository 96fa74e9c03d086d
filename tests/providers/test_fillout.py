"""Fillout."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from inbound import json_request, source_of
from one_event import one_event

from gateway.auth.schemes import source_problems
from gateway.errors import Unreadable
from gateway.model import Event, Person


def question(name: Any, kind: str, value: Any) -> dict[str, Any]:
    """One question as Fillout writes it."""
    return {"id": "q", "name": name, "type": kind, "value": value}


SUBMISSION = {
    "submissionId": "s1",
    "submissionTime": "2026-08-07T09:45:00Z",
    "questions": [
        question("How do we reach you?", "PhoneNumber", "+1"),
        question("And write?", "EmailInput", "e"),
        question("First name", "ShortAnswer", "Ana"),
    ],
}
PERSON = Person(phone="+1", email="e", first_name="Ana")


def events(payload: Any) -> list[Event]:
    """What the provider makes of a payload."""
    source = source_of("fillout")
    request = json_request(orjson.dumps(payload))
    return list(source.provider.split(source.provider.decode(request, source), request, source))


@pytest.mark.parametrize(
    ("body", "form"),
    [({"formId": "f1", "submission": SUBMISSION}, "f1"), ({"formId": "f1", **SUBMISSION}, "f1"), (SUBMISSION, "")],
)
def test_a_submission_is_one_event(body: dict[str, Any], form: str) -> None:
    """In its envelope or without one."""
    event = one_event("fillout", body)
    assert event.payload == body
    assert (event.type, event.key, event.person) == ("form_submission", (form, "s1"), PERSON)
    assert event.occurred_at == datetime(2026, 8, 7, 9, 45, tzinfo=UTC)


def test_a_list_is_one_event_each() -> None:
    """A hundred at most; what is no object is wrapped."""
    first, second, odd = events([SUBMISSION, {**SUBMISSION, "submissionId": "s2"}, 7])
    assert [one.key for one in (first, second, odd)] == [("", "s1"), ("", "s2"), None]
    assert odd.payload == {"value": 7}
    assert events([]) == []
    assert len(events([SUBMISSION] * 100)) == 100
    with pytest.raises(Unreadable, match="101 events"):
        events([SUBMISSION] * 101)


@pytest.mark.parametrize(
    ("body", "person"),
    [
        ({"questions": [question("Phone", "ShortAnswer", 4155550100)]}, Person(phone="4155550100")),
        ({"Phone Number": "+2", "First Name": "Bo"}, Person(phone="+2", first_name="Bo")),
        ({"submission": {"urlParameters": [{"name": "phone", "value": "+3"}]}}, Person(phone="+3")),
        ({**SUBMISSION, "urlParameters": [{"name": "phone", "value": "+3"}]}, PERSON),
        ({"questions": "none", "urlParameters": [None, {}], "submission": []}, Person()),
    ],
)
def test_the_person_among_the_questions(body: dict[str, Any], person: Person) -> None:
    """By type and name, then by a body mapped by hand, then by the address."""
    assert one_event("fillout", body).person == person


def test_without_a_secret_address_it_does_not_load() -> None:
    """A header alone binds nothing."""
    source = source_of("fillout", {"header": "X-Secret"}, secrets=[b"secret"])
    assert [problem for problem in source_problems(source) if "the address must be secret" in problem]
