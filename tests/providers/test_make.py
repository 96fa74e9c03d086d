"""Make."""

import pytest
from one_event import FORM, one_event

from gateway.errors import Unreadable
from gateway.model import Person


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"name=Ana+P&phone=%2B1", FORM), (b'{"name":"Ana P","phone":"+1"}', "application/json")],
)
def test_a_lead_is_one_event(body: bytes, content_type: str) -> None:
    """Whatever the body type."""
    event = one_event("make", body, content_type=content_type)
    assert (event.key, event.person) == (None, Person(phone="+1", first_name="Ana", last_name="P"))


def test_a_body_written_wrongly_cannot_be_read() -> None:
    """A quote in a mapped value breaks hand-written JSON: a failed event, not a lost one."""
    with pytest.raises(Unreadable):
        one_event("make", b'{"name":"Ana "P""}')
