"""monday.com: items of boards, a token that does not cover them, and a challenge."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from inbound import NOW, json_request, source_of

from gateway.auth.schemes import source_problems
from gateway.contracts import Source
from gateway.errors import NotAuthentic
from gateway.model import Event, JsonValue, Person

PATH = "Vq3tR8xWmZ0aKp5sLc7dYe2f"
ITEM: dict[str, Any] = {
    "type": "create_pulse",
    "pulseId": 5,
    "triggerUuid": "u1",
    "triggerTime": "2026-03-04T11:00:00Z",
}


def monday(**options: Any) -> Source:
    """A source at a secret address."""
    return source_of("monday", options, secrets=() if options else (b"signing",), path_token=PATH)


def event_of(body: JsonValue) -> Event:
    """The one event of a body."""
    source, request = monday(), json_request(orjson.dumps(body))
    (event,) = source.provider.split(source.provider.decode(request, source), request, source)
    return event


def test_a_trigger_is_an_event() -> None:
    """With what it did to which item as its key."""
    body: Any = {"event": {**ITEM, "columnValues": {"p7": {"phone": "+1"}, "e": {"email": "a@b.example"}}}}
    assert event_of(body) == Event(
        payload=body,
        type="create_pulse",
        key=("create_pulse", "5", "", "u1"),
        occurred_at=datetime(2026, 3, 4, 11, tzinfo=UTC),
        person=Person(phone="+1", email="a@b.example", contact_id="5"),
    )
    other: Any = {"event": {**ITEM, "type": "update_column_value", "columnId": "phone"}}
    assert event_of(other).key == ("update_column_value", "5", "phone", "u1")


@pytest.mark.parametrize(
    ("event", "phone"),
    [
        ({"value": {"phone": 12125550123}}, "12125550123"),
        ({"columnValues": {"a": {"phone": ""}, "b": {"phone": "2"}}, "value": {"phone": "3"}}, "2"),
        ({"columnValues": {"a": None, "b": 5, "c": [{"phone": "1"}], "d": {"phone": {}}}}, None),
        ({"columnValues": [], "value": "odd"}, None),
        ({}, None),
    ],
)
def test_the_phone_is_in_the_first_column_that_has_one(event: JsonValue, phone: str | None) -> None:
    """Columns are known by their kind: boards name them at will."""
    assert event_of({"event": event}).person == Person(phone=phone)


@pytest.mark.parametrize("body", [[1], {}, {"event": 5}])
def test_any_json_is_an_event(body: JsonValue) -> None:
    """Also what is not a board's, such as an app's own life."""
    assert event_of(body).key is None
    assert event_of({"type": "install", "data": {}}).type == "install"


def test_only_a_bare_challenge_is_answered() -> None:
    """An item is never taken for one, whatever it holds."""
    source = monday()
    assert source.provider.handshake is not None
    reply = source.provider.handshake(json_request(b'{"challenge":"abc"}'), source)
    assert reply is not None
    assert (reply.status, orjson.loads(reply.body)) == (200, {"challenge": "abc"})
    assert source.provider.handshake(json_request(b'{"challenge":"abc","event":{}}'), source) is None


def test_a_token_is_for_one_address_and_some_minutes() -> None:
    """Elsewhere or later it proves nothing."""
    source, request = monday(), json_request(b"{}", path_token=PATH)
    signed = replace(request, headers=source.provider.sign(request, source, NOW))
    assert source.provider.authenticate(signed, source, NOW) == "monday, secret 1 of 1"
    assert source.provider.authenticate(replace(signed, url=signed.url + "?a=1"), source, NOW)
    for changed, now in ((replace(signed, url="https://other.example/"), NOW), (signed, NOW + timedelta(minutes=11))):
        with pytest.raises(NotAuthentic):
            source.provider.authenticate(changed, source, now)


@pytest.mark.parametrize(
    ("options", "secrets", "says"),
    [({}, (), "signing secret"), ({"signed": False}, (b"s",), "nothing would use"), ({}, (b"",), "secret 1 is empty")],
)
def test_secrets_must_be_of_use(options: dict[str, Any], secrets: tuple[bytes, ...], says: str) -> None:
    """Said as the configuration loads."""
    source = source_of("monday", options, secrets=secrets, path_token=PATH)
    assert says in source.provider.check(source)[0]


@pytest.mark.parametrize("options", [{}, {"signed": False}])
def test_the_address_must_be_secret(options: dict[str, Any]) -> None:
    """Signed or not: the body is not covered."""
    assert source_problems(monday(**options)) == []
    assert "path_token" in " ".join(source_problems(replace(monday(**options), path_token=None)))
