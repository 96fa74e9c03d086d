"""Mailchimp: changes of an audience."""

from typing import Any
from urllib.parse import urlencode

import pytest
from inbound import NOW, request_of, source_of

from gateway.contracts import Reply, Source
from gateway.errors import Unreadable
from gateway.model import Event, Person, Request

PATH = "Vq3tR8xWmZ0aKp5sLc7dYe2f"


def source(**options: Any) -> Source:
    """An audience's source."""
    return source_of("mailchimp", options, secrets=(), path_token=PATH)


def posted(fields: dict[str, str]) -> Request:
    """A form at the secret address."""
    return request_of(
        urlencode(fields).encode(), {"Content-Type": "application/x-www-form-urlencoded"}, path_token=PATH
    )


def event_of(fields: dict[str, str], **options: Any) -> Event:
    """The one event of a form."""
    where, request = source(**options), posted(fields)
    assert where.provider.authenticate(request, where, NOW) == "path token"
    (event,) = where.provider.split(where.provider.decode(request, where), request, where)
    return event


@pytest.mark.parametrize(
    ("fields", "person"),
    [
        (
            {
                "data[id]": "8a25ff1d98",
                "data[email]": "a@b",
                "data[merges][PHONE]": "+1",
                "data[merges][FNAME]": "Ana",
                "data[merges][LNAME]": "Ito",
            },
            Person(phone="+1", email="a@b", first_name="Ana", last_name="Ito", contact_id="8a25ff1d98"),
        ),
        ({"data[merges][SMSPHONE]": "+2", "data[merges][PHONE]": ""}, Person(phone="+2")),
        ({"data[new_id]": "51da8c3259", "data[new_email]": "c@d"}, Person(email="c@d", contact_id="51da8c3259")),
        ({"data": "text"}, Person()),
    ],
)
def test_the_person_of_each_change(fields: dict[str, str], person: Person) -> None:
    """By the merge tags Mailchimp gives its own fields."""
    assert event_of(fields).person == person


def test_the_paths_can_be_chosen() -> None:
    """An audience's phone may be any merge tag."""
    assert event_of({"data[merges][MMERGE5]": "+1"}, person={"phone": "data.merges.MMERGE5"}).person.phone == "+1"


def test_a_retry_is_the_same_event_and_the_next_change_another() -> None:
    """All of it repeats, in whatever order; another second or another value is another event."""
    fields = {"type": "profile", "fired_at": "2026-03-04 12:00:00", "data[id]": "a"}
    event = event_of(fields)
    assert (event.type, event.occurred_at) == ("profile", NOW)
    assert event_of(dict(reversed(fields.items()))).key == event.key
    assert event_of({**fields, "fired_at": "2026-03-04 12:00:01"}).key != event.key
    assert event_of({**fields, "data[merges][PHONE]": "+1"}).key != event.key
    assert event_of({"type": "profile"}).key is None


def test_the_probe_is_answered() -> None:
    """An empty GET or HEAD, and nothing that could be a change."""
    handshake = source().provider.handshake
    assert handshake is not None
    assert handshake(request_of(b"", method="GET", path_token=PATH), source()) == Reply()
    assert handshake(request_of(b"", method="HEAD", path_token=PATH), source()) == Reply()
    assert handshake(posted({"type": "subscribe"}), source()) is None


def test_names_that_contradict_each_other_are_told() -> None:
    """As any other unreadable body."""
    with pytest.raises(Unreadable):
        event_of({"data": "x", "data[id]": "1"})
