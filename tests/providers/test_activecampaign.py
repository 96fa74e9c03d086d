"""ActiveCampaign: forms in brackets, sent once and sometimes twice."""

from datetime import UTC, datetime

import pytest
from inbound import request_of, source_of

from gateway.errors import Unreadable
from gateway.model import Event, Person

PATH = "Vq3tR8xWmZ0aKp5sLc7dYe2f"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def event_of(body: str) -> Event:
    """The one event of a form."""
    source = source_of("activecampaign", secrets=(), path_token=PATH)
    request = request_of(body.encode(), FORM, path_token=PATH)
    (event,) = source.provider.split(source.provider.decode(request, source), request, source)
    return event


def test_a_contact_is_read_from_brackets() -> None:
    """With its fields as nested objects."""
    event = event_of(
        "type=subscribe&date_time=2026-03-04T05:00:00-06:00&contact[id]=42&contact%5Bphone%5D=%2B1&contact[fields][1]=x"
    )
    assert (event.type, event.occurred_at) == ("subscribe", datetime(2026, 3, 4, 11, tzinfo=UTC))
    assert event.person == Person(phone="+1", contact_id="42")
    assert event.payload["contact"] == {"id": "42", "phone": "+1", "fields": {"1": "x"}}


@pytest.mark.parametrize(
    ("body", "person"),
    [
        ("deal[contact_email]=a%40example.com&deal[contactid]=7", Person(email="a@example.com", contact_id="7")),
        ("contact=1", Person()),
        ("contact[phone][]=1&contact[phone][]=2", Person(phone="1")),
        ("", Person()),
    ],
)
def test_other_shapes_give_what_they_hold(body: str, person: Person) -> None:
    """A deal's contact, repeats, or nobody."""
    assert event_of(body).person == person


def test_the_same_content_is_the_same_event() -> None:
    """In whatever order its fields come; another second is another event, and without a time there is no key."""
    first = event_of("type=a&date_time=2026-03-04T05:00:00-06:00&contact[id]=1")
    assert event_of("contact[id]=1&type=a&date_time=2026-03-04T05:00:00-06:00").key == first.key
    assert event_of("type=a&date_time=2026-03-04T05:00:01-06:00&contact[id]=1").key != first.key
    assert event_of("type=a&contact[id]=1").key is None


@pytest.mark.parametrize("text", ["2026-03-04T05:00:00", "2026-03-04 05:00", "soon", ""])
def test_a_time_without_its_zone_is_no_time(text: str) -> None:
    """It could be hours off, and let a lead expire unheard."""
    assert event_of(f"date_time={text}").occurred_at is None


def test_a_form_that_contradicts_itself_is_unreadable() -> None:
    """A contact cannot be a text and an object."""
    with pytest.raises(Unreadable):
        event_of("contact=1&contact[id]=2")
