"""Intercom: notifications."""

from hmac import digest
from typing import Any

import orjson
import pytest
from inbound import NOW, request_of, source_of

from gateway.contracts import Reply
from gateway.model import Event, Person
from gateway.reasons import Reason

SECRET = b"client-secret"
SOURCE = source_of("intercom", secrets=(SECRET,))


def event_of(payload: Any) -> Event:
    """The one event of a request signed here as the documentation says."""
    body = orjson.dumps(payload)
    request = request_of(body, {"X-Hub-Signature": "sha1=" + digest(SECRET, body, "sha1").hex()})
    assert SOURCE.provider.authenticate(request, SOURCE, NOW) == "intercom, secret 1 of 1"
    (event,) = SOURCE.provider.split(SOURCE.provider.decode(request, SOURCE), request, SOURCE)
    return event


LEAD = {"type": "contact", "id": "c1", "phone": "+1", "email": "a@b", "name": "Ana Ito"}
PERSON = Person(phone="+1", email="a@b", first_name="Ana", last_name="Ito", contact_id="c1")


@pytest.mark.parametrize(
    ("item", "person"),
    [
        (LEAD, PERSON),
        ({"type": "contact_tag", "contact": LEAD, "tag": {"name": "hot"}}, PERSON),
        ({"type": "user_tag", "user": {**LEAD, "type": "user"}}, PERSON),
        (
            {
                "type": "conversation",
                "id": "conversation",
                "contacts": {"contacts": [{"type": "contact", "id": "c2"}]},
                "source": {"author": {"type": "lead", "id": "c2", "email": "c@d", "name": "Bo"}},
            },
            Person(email="c@d", first_name="Bo", contact_id="c2"),
        ),
        ({"type": "conversation", "source": {"author": {"type": "admin", "id": "1", "email": "me@us"}}}, Person()),
        ({"type": "contact", "phone": {}, "email": [], "name": True}, Person()),
        ("odd", Person()),
    ],
)
def test_the_person_of_each_item(item: Any, person: Person) -> None:
    """The contact, wherever the item has it; never a teammate."""
    assert event_of({"topic": "t", "data": {"item": item}}).person == person


def test_a_retry_is_the_same_event() -> None:
    """The count of attempts is left out."""
    first = {"id": "notif_1", "topic": "contact.created", "created_at": int(NOW.timestamp()), "delivery_attempts": 1}
    event = event_of(first)
    assert (event.key, event.type, event.occurred_at) == (("notif_1",), "contact.created", NOW)
    assert event_of({**first, "delivery_attempts": 2}).key == event.key
    assert event_of([]).key is None


def test_a_ping_never_rings() -> None:
    """It is shown as the handshake it is."""
    assert event_of({"topic": "ping", "data": {"item": {"type": "ping"}}}).never_rings is Reason.HANDSHAKE


def test_the_probe_is_answered() -> None:
    """HEAD and nothing else."""
    handshake = SOURCE.provider.handshake
    assert handshake is not None
    assert handshake(request_of(b"", method="HEAD"), SOURCE) == Reply()
    assert handshake(request_of(b"{}"), SOURCE) is None
