"""Mandrill: lists of events in a form."""

from base64 import b64encode
from hmac import digest
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from inbound import NOW, URL, request_of, source_of

from gateway.contracts import Reply
from gateway.errors import Unreadable
from gateway.model import Event, Person, Request

KEY = b"hqJUhMXZfMsS9pSSXDKCEQ"
SOURCE = source_of("mandrill", secrets=(KEY,))


def posted(field: str) -> Request:
    """A form signed here as the documentation says."""
    signature = b64encode(digest(KEY, f"{URL}mandrill_events{field}".encode(), "sha1")).decode()
    headers = {"X-Mandrill-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    return request_of(urlencode({"mandrill_events": field}).encode(), headers)


def events_of(events: Any) -> list[Event]:
    """The events of a request that passes."""
    request = posted(orjson.dumps(events).decode())
    assert SOURCE.provider.authenticate(request, SOURCE, NOW) == "mandrill, secret 1 of 1"
    return list(SOURCE.provider.split(SOURCE.provider.decode(request, SOURCE), request, SOURCE))


@pytest.mark.parametrize(
    ("event", "kind", "person"),
    [
        (
            {
                "event": "click",
                "msg": {"email": "a@b", "metadata": {"phone": "+1", "first_name": "Ana", "contact_id": 7}},
            },
            "click",
            Person(phone="+1", email="a@b", first_name="Ana", contact_id="7"),
        ),
        ({"event": "open", "msg": {"email": "a@b", "metadata": []}}, "open", Person(email="a@b")),
        (
            {
                "event": "inbound",
                "msg": {"from_email": "c@d", "from_name": "Ana Ito", "email": "in@me", "metadata": {"phone": "+9"}},
            },
            "inbound",
            Person(email="c@d", first_name="Ana", last_name="Ito"),
        ),
        ({"type": "blacklist", "action": "add", "reject": {"email": "e@f"}}, "blacklist", Person(email="e@f")),
        ("odd", "", Person()),
    ],
)
def test_the_person_of_each_event(event: Any, kind: str, person: Person) -> None:
    """By the metadata one sends along; of inbound mail who wrote it."""
    (found,) = events_of([event])
    assert (found.type, found.person) == (kind, person)


def test_each_event_is_one_and_a_retry_the_same() -> None:
    """Two clicks on one message are two events; a later batch may hold an earlier event again."""
    first = {"event": "click", "_id": "m1", "ts": int(NOW.timestamp()), "url": "a"}
    one, other = events_of([first, {**first, "url": "b"}])
    assert one.occurred_at == NOW
    assert one.key != other.key
    assert one.key == events_of([{}, dict(reversed(first.items()))])[1].key


@pytest.mark.parametrize("field", ["{", ""])
def test_what_is_not_json_is_told(field: str) -> None:
    """As any other unreadable body."""
    with pytest.raises(Unreadable):
        SOURCE.provider.decode(posted(field), SOURCE)


def test_mandrills_questions_are_answered() -> None:
    """HEAD and an empty list, unsigned; anything that could hold an event is none."""
    handshake = SOURCE.provider.handshake
    assert handshake is not None
    assert handshake(request_of(b"", method="HEAD"), SOURCE) == Reply()
    assert handshake(request_of(b"mandrill_events=%5B%5D"), SOURCE) == Reply()
    assert handshake(request_of(b"mandrill_events=%5B%7B%7D%5D"), SOURCE) is None
    assert handshake(request_of(b"", method="GET"), SOURCE) is None


def test_the_key_everyone_knows_does_not_load() -> None:
    """It would let anyone ring any phone."""
    assert SOURCE.provider.check(SOURCE) == []
    known = source_of("mandrill", secrets=(b"test-webhook",))
    assert SOURCE.provider.check(known) == ["test-webhook is a key that everyone knows"]
