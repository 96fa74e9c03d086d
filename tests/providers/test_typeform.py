"""Typeform."""

from datetime import UTC, datetime
from typing import Any

import pytest
from one_event import one_event

from gateway.model import Person
from gateway.reasons import Reason


def answer(kind: str, value: Any, field: str = "F1", **more: Any) -> dict[str, Any]:
    """One answer as Typeform writes it."""
    return {"type": kind, kind: value, "field": {"id": field, "type": kind, **more}}


PHONE = answer("phone_number", "+15550100123", "P1", ref="phone")
QUESTIONS = {"fields": [{"id": "N1", "title": "First name"}, {"id": "Q1", "title": "What is your mobile number?"}]}
RESPONSE = {
    "form_id": "lT4Z3j",
    "token": "a3a1",
    "submitted_at": "2026-01-18T18:17:02Z",
    "definition": QUESTIONS,
    "answers": [PHONE, answer("email", "ana@example.com"), answer("text", "Ana", "N1")],
}
BODY = {"event_id": "LtWXD3crgy", "event_type": "form_response", "form_response": RESPONSE}


def test_a_response_is_one_event() -> None:
    """With its form's and its own id, and the moment it was submitted."""
    event = one_event("typeform", BODY)
    assert event.payload == BODY
    assert (event.type, event.key, event.never_rings) == ("form_response", ("form_response", "lT4Z3j", "a3a1"), None)
    assert event.occurred_at == datetime(2026, 1, 18, 18, 17, 2, tzinfo=UTC)
    assert event.person == Person(phone="+15550100123", email="ana@example.com", first_name="Ana")


def test_a_response_delivered_again_is_the_same_event() -> None:
    """Under whatever event id; another form's response is another."""
    assert one_event("typeform", {**BODY, "event_id": "other"}).key == one_event("typeform", BODY).key
    other_form = {**BODY, "form_response": {**RESPONSE, "form_id": "x"}}
    assert one_event("typeform", other_form).key != one_event("typeform", BODY).key


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({**BODY, "event_type": "form_response_partial"}, ("form_response_partial", "LtWXD3crgy")),
        ({"event_id": "e1"}, ("", "e1")),
        ({"event_type": "form_response", "form_response": {"token": "t"}}, ("form_response", "", "t")),
        ({}, None),
        ([1], None),
    ],
)
def test_what_tells_events_apart(body: Any, key: tuple[str, ...] | None) -> None:
    """A partial response may say more each time, so each delivery is one; without ids the body counts."""
    assert one_event("typeform", body).key == key


def test_a_test_request_never_rings() -> None:
    """It repeats its event id as the response's token; two missing ids are no test."""
    assert one_event("typeform", {**BODY, "event_id": "a3a1"}).never_rings is Reason.TEST_EVENT
    assert one_event("typeform", {"form_response": {}}).never_rings is None


@pytest.mark.parametrize(
    ("response", "person"),
    [
        ({"answers": [answer("phone_number", "+1", "F", ref="fax"), PHONE]}, Person(phone="+15550100123")),
        ({"answers": [answer("number", 4155550100, ref="phone")]}, Person(phone="4155550100")),
        (
            {"answers": [answer("text", "(415) 555-0100", "Q1")], "definition": QUESTIONS},
            Person(phone="(415) 555-0100"),
        ),
        ({"answers": [answer("text", "Ana P", ref="full_name")]}, Person(first_name="Ana", last_name="P")),
        ({"answers": [answer("choice", {"label": "Ana"}, ref="name")]}, Person()),
        ({"hidden": {"phone": "+1", "first_name": "Bo"}, "answers": []}, Person(phone="+1", first_name="Bo")),
        ({"hidden": {"phone": "+1"}, "answers": [PHONE]}, Person(phone="+15550100123")),
        ({"answers": [None, 7, {}, {"type": 7}, {"type": "text"}, {"field": []}], "definition": []}, Person()),
        ({"answers": "none", "hidden": 7}, Person()),
        ("odd", Person()),
    ],
)
def test_the_person_among_the_answers(response: Any, person: Person) -> None:
    """By type, by reference, by question, and last by hidden fields; odd shapes name nobody."""
    assert one_event("typeform", {**BODY, "form_response": response}).person == person
