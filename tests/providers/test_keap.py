"""Keap: hooks that name what changed, forms of campaigns, and a header that wants to go back."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from inbound import json_request, request_of, source_of

from gateway.contracts import Source
from gateway.errors import Unreadable
from gateway.model import Event, JsonValue, Person, Request

PATH = "Vq3tR8xWmZ0aKp5sLc7dYe2f"
CHANGED: dict[str, Any] = {"apiUrl": "", "id": 5, "timestamp": "2026-03-04T11:00:00.000Z"}
HOOK: dict[str, Any] = {"event_key": "contact.add", "object_type": "contact", "object_keys": [CHANGED]}


def keap() -> Source:
    """A source at a secret address."""
    return source_of("keap", secrets=(), path_token=PATH)


def events(request: Request) -> list[Event]:
    """What is made of a request."""
    source = keap()
    return list(source.provider.split(source.provider.decode(request, source), request, source))


def hooked(body: JsonValue) -> list[Event]:
    """What is made of a REST hook."""
    return events(json_request(orjson.dumps(body)))


def test_each_object_is_an_event() -> None:
    """Thin, with its own key."""
    first, second = hooked({**HOOK, "object_keys": [CHANGED, {**CHANGED, "id": 6}]})
    assert first == Event(
        payload={"event_key": "contact.add", "object_type": "contact", "object": CHANGED},
        type="contact.add",
        key=("contact.add", "5", "2026-03-04T11:00:00.000Z"),
        occurred_at=datetime(2026, 3, 4, 11, tzinfo=UTC),
        person=Person(contact_id="5"),
    )
    assert second.person.contact_id == "6"


@pytest.mark.parametrize(
    ("changes", "key", "contact"),
    [
        ({"object_keys": [{"id": 5}]}, None, "5"),
        ({"object_keys": [5]}, None, None),
        ({"object_type": "Contact"}, ("contact.add", "5", "2026-03-04T11:00:00.000Z"), "5"),
        ({"event_key": "invoice.add", "object_type": "invoice"}, ("invoice.add", "5", CHANGED["timestamp"]), None),
    ],
)
def test_odd_objects_are_events_too(changes: dict[str, Any], key: object, contact: str | None) -> None:
    """What has no id or time has no key; only a contact is a person."""
    (event,) = hooked({**HOOK, **changes})
    assert (event.key, event.person.contact_id) == (key, contact)


@pytest.mark.parametrize("objects", [[], None, {}])
def test_a_hook_of_nothing_is_no_event(objects: JsonValue) -> None:
    """And one of too many is unreadable."""
    assert hooked({**HOOK, "object_keys": objects}) == []
    with pytest.raises(Unreadable, match="1001 events"):
        hooked({**HOOK, "object_keys": [CHANGED] * 1001})


@pytest.mark.parametrize(
    ("body", "person"),
    [
        (b"contactId=5&Phone1=%2B1&FirstName=Ana", Person(phone="+1", first_name="Ana", contact_id="5")),
        (b"contactId=5&contactId=6&Phone=%2B2&Phone1=%2B1", Person(phone="+2", contact_id="5")),
        (b"", Person()),
    ],
)
def test_a_campaign_posts_what_it_likes(body: bytes, person: Person) -> None:
    """Under the usual names, or Keap's own."""
    request = request_of(body or b"a=", {"Content-Type": "application/x-www-form-urlencoded"})
    (event,) = events(request)
    assert (event.type, event.key, event.person) == ("http_post", None, person)


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_the_verification_is_answered_with_its_header(body: bytes) -> None:
    """Nothing is stored; a request without the header is none."""
    source = keap()
    assert source.provider.handshake is not None
    reply = source.provider.handshake(request_of(body, {"X-Hook-Secret": "abc"}), source)
    assert reply is not None
    assert (reply.status, reply.headers) == (200, (("X-Hook-Secret", "abc"),))
    assert source.provider.handshake(request_of(body), source) is None


def test_events_that_come_with_the_header_are_kept() -> None:
    """No handshake, but the header goes back with the answer."""
    source, request = keap(), json_request(orjson.dumps(HOOK))
    verifying = request_of(request.body, {"X-Hook-Secret": "abc"})
    assert source.provider.handshake is not None
    assert source.provider.reply is not None
    assert source.provider.handshake(verifying, source) is None
    reply = source.provider.reply(verifying, source, ())
    assert reply is not None
    assert reply.headers == (("X-Hook-Secret", "abc"),)
    assert source.provider.reply(request, source, ()) is None
