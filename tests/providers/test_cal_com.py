"""Cal.com."""

from datetime import UTC, datetime
from typing import Any

import pytest
from inbound import NOW, request_of, source_of
from one_event import FORM, one_event

from gateway.errors import NotAuthentic
from gateway.model import Person
from gateway.reasons import Reason

BOOKING = {
    "uid": "bk1",
    "attendees": [{"email": "ana@example.com", "name": "Ana P", "timeZone": "Europe/London"}],
    "organizer": {"name": "Host", "email": "host@example.com", "phoneNumber": "+15550100100"},
    "responses": {"attendeePhoneNumber": {"label": "phone_number", "value": "+15550100123"}},
}
BODY = {"triggerEvent": "BOOKING_CREATED", "createdAt": "2026-05-30T09:00:00.000Z", "payload": BOOKING}
PERSON = Person(phone="+15550100123", email="ana@example.com", first_name="Ana", last_name="P")


def test_a_booking_is_one_event() -> None:
    """The trigger and the booking are the key; the person is who booked, not the host."""
    event = one_event("cal_com", BODY)
    assert event.payload == BODY
    assert (event.type, event.key, event.never_rings) == ("BOOKING_CREATED", ("BOOKING_CREATED", "bk1"), None)
    assert event.occurred_at == datetime(2026, 5, 30, 9, tzinfo=UTC)
    assert event.person == PERSON


def test_a_meeting_that_ended_is_flat() -> None:
    """The booking stands beside the trigger."""
    event = one_event("cal_com", {"triggerEvent": "MEETING_ENDED", **BOOKING})
    assert (event.type, event.key, event.person) == ("MEETING_ENDED", ("MEETING_ENDED", "bk1"), PERSON)


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (
            {"triggerEvent": "BOOKING_NO_SHOW_UPDATED", "createdAt": "c", "payload": {"bookingUid": "bk1"}},
            ("BOOKING_NO_SHOW_UPDATED", "bk1", "c"),
        ),
        ({"triggerEvent": "FORM_SUBMITTED", "payload": {"formId": "f"}}, None),
        ({"payload": {"bookingUid": "b"}}, ("", "b", "")),
        ([BODY], None),
    ],
)
def test_what_tells_events_apart(body: Any, key: tuple[str, ...] | None) -> None:
    """A no-show may be marked again; a routing form has no id."""
    assert one_event("cal_com", body).key == key


@pytest.mark.parametrize(
    "body",
    [
        {"triggerEvent": "PING", "createdAt": "2026-05-30T09:00:00Z", "payload": BOOKING},
        {"triggerEvent": "CUSTOM", "payload": {"triggerEvent": "PING", **BOOKING}},
    ],
)
def test_a_ping_never_rings(body: dict[str, Any]) -> None:
    """Even about somebody with a phone; each ping is an event of its own."""
    event = one_event("cal_com", body)
    assert (event.never_rings, event.key) == (Reason.TEST_EVENT, None)


def response(**answers: Any) -> dict[str, Any]:
    """A booking with these answers and nobody else in it."""
    return {"responses": answers}


@pytest.mark.parametrize(
    ("booking", "person"),
    [
        ({"attendees": [{"phoneNumber": "+1"}], **response(smsReminderNumber={"value": "+2"})}, Person(phone="+1")),
        (response(smsReminderNumber={"value": "+2"}), Person(phone="+2")),
        ({"smsReminderNumber": "+3"}, Person(phone="+3")),
        (response(location={"value": {"value": "phone", "optionValue": "+4"}}), Person(phone="+4")),
        (response(location={"value": {"value": "userPhone", "optionValue": "+4"}}), Person()),
        (response(q1={"label": "Your mobile number?", "value": "415 555 0100"}), Person(phone="415 555 0100")),
        (response(phone="+5", email={"value": "a@b.c"}), Person(phone="+5", email="a@b.c")),
        (response(name={"value": {"firstName": "Ana", "lastName": "P"}}), Person(first_name="Ana", last_name="P")),
        ({"attendees": {"email": "x"}, "responses": [], "smsReminderNumber": True}, Person()),
    ],
)
def test_the_person_who_booked(booking: dict[str, Any], person: Person) -> None:
    """The number given for the call first; the host's own is never taken."""
    assert one_event("cal_com", {"triggerEvent": "BOOKING_CREATED", "payload": booking}).person == person


def test_a_custom_template_may_be_a_form() -> None:
    """Cal.com sends a template that is no JSON as one."""
    event = one_event("cal_com", b"uid=bk1&name=Ana", content_type=FORM)
    assert event.payload == {"uid": "bk1", "name": "Ana"}


def test_no_secret_is_no_proof() -> None:
    """What Cal.com writes in place of a signature is refused."""
    source = source_of("cal_com", secrets=[b"no-secret-provided"])
    with pytest.raises(NotAuthentic):
        source.provider.authenticate(request_of(headers={"X-Cal-Signature-256": "no-secret-provided"}), source, NOW)
