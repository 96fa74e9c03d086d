"""Calendly."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from inbound import NOW
from one_event import one_event
from provider_examples import example_sources, sent

from gateway.errors import NotAuthentic
from gateway.model import Person

INVITEE = {
    "uri": "https://api.calendly.com/scheduled_events/E/invitees/I",
    "email": "ana@example.com",
    "name": "Ana P",
    "first_name": None,
    "last_name": None,
    "text_reminder_number": "+1 555-010-0123",
    "questions_and_answers": [{"question": "Phone", "answer": "+1 555-010-0199", "position": 0}],
}
BODY = {"event": "invitee.created", "created_at": "2026-06-01T15:22:41.000000Z", "payload": INVITEE}


def test_a_booking_is_one_event() -> None:
    """Its invitee's address and what happened are the key."""
    event = one_event("calendly", BODY)
    assert event.payload == BODY
    assert (event.type, event.key) == ("invitee.created", ("invitee.created", INVITEE["uri"]))
    assert event.occurred_at == datetime(2026, 6, 1, 15, 22, 41, tzinfo=UTC)
    assert event.person == Person(phone="+1 555-010-0123", email="ana@example.com", first_name="Ana", last_name="P")


def test_a_cancellation_is_another_event_than_the_booking() -> None:
    """Of the same invitee; without an address the body counts."""
    assert one_event("calendly", {**BODY, "event": "invitee.canceled"}).key != one_event("calendly", BODY).key
    assert one_event("calendly", {"event": "invitee.created"}).key is None
    assert one_event("calendly", []).type == ""


def asked(question: Any, answer: Any) -> dict[str, Any]:
    """An invitee who answered one question."""
    return {"questions_and_answers": [{"question": question, "answer": answer}, None]}


def placed(kind: str) -> dict[str, Any]:
    """An invitee of a call at a number."""
    return {"scheduled_event": {"location": {"type": kind, "location": "+1 555-010-0177"}}}


@pytest.mark.parametrize(
    ("invitee", "person"),
    [
        (asked("What number can we phone?", "(415) 555-0100"), Person(phone="(415) 555-0100")),
        (asked("Phone", 4155550100), Person(phone="4155550100")),
        (asked(None, "+14155550100"), Person()),
        (placed("outbound_call"), Person(phone="+1 555-010-0177")),
        (placed("inbound_call"), Person()),
        ({"first_name": "Ana", "last_name": "P", "name": "Ana Q"}, Person(first_name="Ana", last_name="P")),
        ({"text_reminder_number": "", "email": ["a@b.c"], "scheduled_event": []}, Person(email="a@b.c")),
        (None, Person()),
    ],
)
def test_the_person_who_booked(invitee: Any, person: Person) -> None:
    """The number the host is called at is never the invitee's."""
    assert one_event("calendly", {**BODY, "payload": invitee}).person == person


def test_three_minutes_either_way() -> None:
    """As Calendly says, whatever the source's clock_skew."""
    source = replace(example_sources("calendly")["bookings"], clock_skew=timedelta(hours=1))
    request = sent(source, source.provider.samples()[0])
    assert source.provider.authenticate(request, source, NOW + timedelta(minutes=3))
    for minutes in (-4, 4):
        with pytest.raises(NotAuthentic, match="replay window"):
            source.provider.authenticate(request, source, NOW + timedelta(minutes=minutes))
