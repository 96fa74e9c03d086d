"""Slack: events, commands, interactions, and the challenge."""

from dataclasses import replace
from datetime import UTC, datetime
from hmac import digest
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from inbound import NOW, request_of, source_of

from gateway.errors import NotAuthentic, Unreadable
from gateway.model import Event, Person, Request
from gateway.reasons import Reason

SECRET = b"8f742231b10e8888abcd99yyyzzz85a5"
SOURCE = source_of("slack", secrets=(SECRET,))


def signed(body: bytes, content_type: str = "application/json") -> Request:
    """A request signed here as the documentation says."""
    stamp = str(int(NOW.timestamp()))
    signature = "v0=" + digest(SECRET, f"v0:{stamp}:".encode() + body, "sha256").hex()
    headers = {"X-Slack-Signature": signature, "X-Slack-Request-Timestamp": stamp, "Content-Type": content_type}
    return request_of(body, headers)


def form(fields: dict[str, str]) -> Request:
    """A signed form, as commands and interactions are sent."""
    return signed(urlencode(fields).encode(), "application/x-www-form-urlencoded")


def event_of(request: Request) -> Event:
    """The one event of a request that passes."""
    assert SOURCE.provider.authenticate(request, SOURCE, NOW) == "slack, secret 1 of 1"
    (event,) = SOURCE.provider.split(SOURCE.provider.decode(request, SOURCE), request, SOURCE)
    return event


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("+12125550101", "+12125550101"),
        ("(212) 555-0101", "(212) 555-0101"),
        ("call +12125550101", None),
        ("12", None),
        ("", None),
    ],
)
def test_a_command_rings_the_number_it_is_given(text: str, phone: str | None) -> None:
    """Only where its text is nothing else; the old token is not kept."""
    event = event_of(form({"token": "old", "command": "/call", "text": text, "trigger_id": "1.2.a"}))
    assert (event.type, event.key, event.person) == ("/call", ("command", "1.2.a"), Person(phone=phone))
    assert "token" not in event.payload
    assert event_of(form({"command": "/call"})).key is None


def test_an_event_is_known_by_its_id() -> None:
    """Which a retry repeats."""
    event = event_of(signed(b'{"token":"t","event":{"type":"app_mention"},"event_id":"Ev1","event_time":1767323045}'))
    assert (event.type, event.key, event.person) == ("app_mention", ("event", "Ev1"), Person())
    assert event.occurred_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert "token" not in event.payload
    assert event_of(signed(b'{"event":[]}')).key is None


VIEW = {
    "blocks": [
        {"block_id": "b1", "label": {"type": "plain_text", "text": "Mobile number"}},
        {"block_id": "b2", "label": {"text": "Full name"}},
        "odd",
    ],
    "state": {
        "values": {
            "b1": {"a1": {"type": "plain_text_input", "value": "+1"}},
            "b2": {"a2": {"type": "plain_text_input", "value": "Ana Pérez"}},
            "b3": {"a3": {"type": "email_text_input", "value": "a@b"}},
            "b4": "odd",
            "b5": {"a5": {"type": "static_select", "selected_option": {"value": "x"}}},
        }
    },
}


@pytest.mark.parametrize(
    ("payload", "person"),
    [
        ({"view": VIEW}, Person(phone="+1", email="a@b", first_name="Ana", last_name="Pérez")),
        ({"view": {"state": {"values": {"phone": {"x": {"value": "+2"}}}}}}, Person(phone="+2")),
        ({"view": []}, Person()),
        ({}, Person()),
    ],
)
def test_a_submitted_form_names_a_person(payload: dict[str, Any], person: Person) -> None:
    """By the fields' ids and labels; odd shapes are nothing."""
    body = {"type": "view_submission", "trigger_id": "9.a", "actions": [{"action_ts": "1767323045.1"}], **payload}
    event = event_of(form({"payload": orjson.dumps(body).decode()}))
    assert (event.type, event.key, event.person) == ("view_submission", ("interaction", "9.a"), person)
    assert event.occurred_at is not None


def test_what_is_neither_is_an_event_all_the_same() -> None:
    """Nothing authentic is lost; JSON that cannot be read is told."""
    assert event_of(signed(b"[1]")).payload == {"value": [1]}
    with pytest.raises(Unreadable):
        event_of(form({"payload": "{"}))


def test_the_check_of_the_certificate_never_rings() -> None:
    """Slack asks now and then."""
    assert event_of(form({"ssl_check": "1", "token": "t"})).never_rings is Reason.HANDSHAKE


def test_the_challenge_is_echoed_to_slack_alone() -> None:
    """Signed like everything else; an event is never taken for one."""
    handshake, body = SOURCE.provider.handshake, b'{"type":"url_verification","token":"t","challenge":"3eZbrw"}'
    assert handshake is not None
    reply = handshake(signed(body), SOURCE)
    assert reply is not None
    assert (reply.status, reply.body) == (200, b'{"challenge":"3eZbrw"}')
    with pytest.raises(NotAuthentic):
        handshake(request_of(body), SOURCE)
    assert handshake(signed(b'{"type":"event_callback","challenge":"x"}'), SOURCE) is None


def test_the_answer_is_empty() -> None:
    """A command shows what it is answered, a form complains about what it cannot read."""
    assert SOURCE.provider.reply is not None
    reply = SOURCE.provider.reply(form({}), SOURCE, [])
    assert reply is not None
    assert (reply.status, reply.body) == (200, b"")


@pytest.mark.parametrize(
    "request_",
    [
        signed(b'{"token":"old","event":{"type":"message"}}'),
        form({"token": "old", "command": "/call", "text": "+12125550101"}),
        form({"payload": '{"token":"old","type":"shortcut","trigger_id":"1+1 é"}'}),
    ],
    ids=["event", "command", "interaction"],
)
def test_the_old_token_is_not_kept(request_: Request) -> None:
    """Neither in the payload nor in the ledger, whose body still holds the same event."""
    kept = replace(request_, body=SOURCE.provider.kept_body(request_, SOURCE))
    assert b"old" not in kept.body
    payload = SOURCE.provider.decode(request_, SOURCE)
    assert payload == SOURCE.provider.decode(kept, SOURCE)
    assert "old" not in str(payload)
