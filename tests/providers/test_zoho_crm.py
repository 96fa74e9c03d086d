"""Zoho CRM: webhooks of workflow rules, and notifications that name records."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from inbound import NOW, json_request, request_of, source_of
from pydantic import ValidationError

from gateway.contracts import Source
from gateway.errors import NotAuthentic, Unreadable
from gateway.model import Event, JsonValue, Person, Request

PATH = "Vq3tR8xWmZ0aKp5sLc7dYe2f"
WATCH: dict[str, Any] = {"module": "Leads", "operation": "insert", "ids": ["7"], "server_time": 1772622000000}


def zoho(**options: Any) -> Source:
    """A source at a secret address."""
    return source_of("zoho_crm", options, secrets=(b"token-1",) if options else (), path_token=PATH)


def events(request: Request, source: Source | None = None) -> list[Event]:
    """What is made of a request."""
    source = source or zoho()
    return list(source.provider.split(source.provider.decode(request, source), request, source))


def notified(body: JsonValue) -> Request:
    """A notification."""
    return json_request(orjson.dumps(body), path_token=PATH)


def test_a_notification_is_one_event_per_record() -> None:
    """Thin: an id and what happened, never the token."""
    first, second = events(notified({**WATCH, "ids": ["7", 8], "token": "t"}))
    assert first == Event(
        payload={**WATCH, "ids": ["7", 8], "id": "7"},
        type="Leads.insert",
        key=("Leads", "insert", "7", "1772622000000"),
        occurred_at=datetime(2026, 3, 4, 11, tzinfo=UTC),
        person=Person(contact_id="7"),
    )
    assert (second.payload["id"], second.person.contact_id) == ("8", "8")


@pytest.mark.parametrize(
    ("changes", "key", "contact"),
    [
        ({"module": "Deals"}, ("Deals", "insert", "7", "1772622000000"), None),
        ({"server_time": None}, None, "7"),
        ({"ids": [{}]}, None, None),
        ({"module": 5, "operation": []}, ("5", "", "7", "1772622000000"), None),
    ],
)
def test_odd_notifications_are_events_too(changes: dict[str, Any], key: object, contact: str | None) -> None:
    """Only leads and contacts are people; what has no id or time has no key."""
    (event,) = events(notified({**WATCH, **changes}))
    assert (event.key, event.person.contact_id) == (key, contact)


def test_a_notification_of_nothing_is_no_event() -> None:
    """And one of too many is refused as a whole."""
    assert events(notified({**WATCH, "ids": []})) == []
    with pytest.raises(Unreadable, match="1001 events"):
        events(notified({**WATCH, "ids": [1] * 1001}))


@pytest.mark.parametrize(
    ("request_", "type_", "person"),
    [
        (
            request_of(b"id=5&Mobile=%2B1&First_Name=Ana", {"Content-Type": "application/x-www-form-urlencoded"}),
            "workflow",
            Person(phone="+1", first_name="Ana", contact_id="5"),
        ),
        (
            json_request(b'{"event":"a","Phone":12125550123,"Full Name":"Ana P","Lead Id":5,"token":"kept"}'),
            "a",
            Person(phone="12125550123", first_name="Ana", last_name="P", contact_id="5"),
        ),
        (request_of(b"", method="GET", query="Email=a%40example.com"), "workflow", Person(email="a@example.com")),
        (json_request(b"[1]"), "workflow", Person()),
        (json_request(b'{"ids":"7","module":"Leads"}'), "workflow", Person()),
    ],
)
def test_a_workflow_is_read_by_the_usual_names(request_: Request, type_: str, person: Person) -> None:
    """As a form, as JSON, or in the address; it has no id of its own."""
    (event,) = events(request_)
    assert (event.type, event.key, event.person) == (type_, None, person)


@pytest.mark.parametrize("token", ["token-2", "", None, 5])
def test_the_token_must_be_the_sources(token: JsonValue) -> None:
    """Where it is asked for; and the right one is not kept."""
    source = zoho(token=True)
    good = notified({**WATCH, "token": "token-1"})
    assert source.provider.authenticate(good, source, NOW) == "path token, body token, secret 1 of 1"
    assert b"token-1" not in source.provider.kept_body(good, source)
    with pytest.raises(NotAuthentic):
        source.provider.authenticate(notified({**WATCH, "token": token}), source, NOW)


@pytest.mark.parametrize(
    ("options", "secrets", "says"),
    [
        ({"token": True}, (), "`token` needs `secrets`"),
        ({"token": True}, (b"",), "secret 1 is empty"),
        ({"header": "X-Key"}, (), "`header` needs `secrets`"),
        ({}, (b"s",), "nothing would use"),
    ],
)
def test_secrets_must_be_of_use(options: dict[str, Any], secrets: tuple[bytes, ...], says: str) -> None:
    """Said as the configuration loads."""
    source = source_of("zoho_crm", options, secrets=secrets, path_token=PATH)
    assert says in source.provider.check(source)[0]


def test_a_source_is_for_one_kind() -> None:
    """A workflow webhook has no token in its body, a notification no header."""
    with pytest.raises(ValidationError, match="a source each"):
        zoho(token=True, header="X-Key")
