"""Acuity Scheduling."""

import pytest
from one_event import FORM, one_event

from gateway.model import Event, Person


def booked(body: bytes) -> Event:
    """The event of a form."""
    return one_event("acuity", body, content_type=FORM)


def test_an_appointment_is_one_event() -> None:
    """Known by what happened and to which; it names nobody."""
    event = booked(b"action=scheduled&id=123456&calendarID=7&appointmentTypeID=9")
    assert event.payload == {"action": "scheduled", "id": "123456", "calendarID": "7", "appointmentTypeID": "9"}
    assert (event.type, event.key, event.occurred_at) == ("scheduled", ("scheduled", "123456"), None)
    assert event.person == Person()


@pytest.mark.parametrize(
    ("body", "kind", "key"),
    [
        (b"action=canceled&id=1", "canceled", ("canceled", "1")),
        (b"action=appointment.scheduled&id=1", "appointment.scheduled", ("appointment.scheduled", "1")),
        (b"action=order.completed&id=1", "order.completed", ("order.completed", "1")),
        (b"action=rescheduled&id=1", "rescheduled", None),
        (b"action=changed&id=1", "changed", None),
        (b"action=scheduled", "scheduled", None),
        (b"id=1&id=2", "", None),
        (b"", "", None),
    ],
)
def test_what_may_come_again_counts_by_its_body(body: bytes, kind: str, key: tuple[str, ...] | None) -> None:
    """An appointment is made once and moved many times."""
    event = booked(body)
    assert (event.type, event.key) == (kind, key)
