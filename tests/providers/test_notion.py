"""Notion."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from inbound import NOW, json_request, source_of
from one_event import one_event
from provider_examples import example_sources, sent

from gateway.errors import NotAuthentic
from gateway.model import Person
from gateway.reasons import Reason

PATH = "Vq3tR8xWmZ0aKp5sLc7dYe2f"
EVENT = {"id": "e1", "timestamp": "2026-03-04T12:00:00.000Z", "type": "page.created", "attempt_number": 1}


def title(*pieces: Any) -> dict[str, Any]:
    """A title in pieces."""
    return {"type": "title", "title": [{"plain_text": piece} for piece in pieces]}


def phone(number: Any) -> dict[str, Any]:
    """A phone property."""
    return {"type": "phone_number", "phone_number": number}


def page(**properties: Any) -> dict[str, Any]:
    """What an automation sends of a page with these properties."""
    source = {"type": "automation", "action_id": "a1", "event_id": "v1", "attempt": 1}
    return {"source": source, "data": {"id": "p1", "last_edited_time": EVENT["timestamp"], "properties": properties}}


def test_an_integrations_event_is_thin() -> None:
    """It is known by its id, whatever the attempt."""
    event = one_event("notion", EVENT)
    assert event.payload == EVENT
    assert (event.type, event.key, event.person) == ("page.created", ("e1",), Person())
    assert event.occurred_at == datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert one_event("notion", {**EVENT, "attempt_number": 2}).key == event.key
    assert [one_event("notion", body).key for body in ({"type": "x"}, [], "x")] == [None] * 3


def test_an_automation_sends_a_page() -> None:
    """The attempt is no part of what it is known by; another page of the same event is another."""
    body = page(Name=title("Ana", " P"), Mobile=phone("+15550100123"), Mail={"type": "email", "email": "a@b.c"})
    event = one_event("notion", body)
    assert (event.type, event.key) == ("automation", ("automation", "v1", "a1", "p1"))
    assert event.person == Person(phone="+15550100123", email="a@b.c", first_name="Ana", last_name="P")
    assert event.occurred_at == datetime(2026, 3, 4, 12, tzinfo=UTC)
    again = {**body, "source": {**body["source"], "attempt": 2}}
    assert one_event("notion", again).key == event.key
    assert one_event("notion", {**body, "source": None}).key is None


@pytest.mark.parametrize(
    ("properties", "person"),
    [
        ({"Fax": phone("+1"), "Phone": phone("+2")}, Person(phone="+2")),
        ({"Phone": {"type": "number", "number": 4155550100}}, Person(phone="4155550100")),
        ({"Phone": {"type": "rich_text", "rich_text": [{"plain_text": "+1"}]}}, Person(phone="+1")),
        ({"Task": title("Call back")}, Person()),
        ({"Phone": phone(None), "Name": title(None, 7), "Email": {"type": "people", "people": [{"id": 1}]}}, Person()),
        ({"Phone": "+1", "Name": None}, Person()),
    ],
)
def test_the_person_among_the_properties(properties: Any, person: Person) -> None:
    """By kind, then by name; what is no property of a known kind names nobody."""
    assert one_event("notion", page(**properties)).person == person


def test_the_token_is_shown_and_not_taken() -> None:
    """The first request hands over the key, which a person puts among the secrets; it passes by the address alone."""
    source = source_of("notion", secrets=(), path_token=PATH)
    assert source.provider.check(source) == []
    body = orjson.dumps({"verification_token": "secret_abcdefgh"})
    request = json_request(body, path_token=PATH)
    assert source.provider.authenticate(request, source, NOW) == "path token (enrolment)"
    (event,) = source.provider.split(source.provider.decode(request, source), request, source)
    assert (event.type, event.never_rings) == ("enrolment", Reason.HANDSHAKE)
    for refused in (json_request(body), json_request(orjson.dumps(EVENT), path_token=PATH)):
        with pytest.raises(NotAuthentic):
            source.provider.authenticate(refused, source, NOW)


def test_an_automations_source_takes_its_header_only() -> None:
    """Neither a token handed over nor a request without the header."""
    source = example_sources("notion")["automation"]
    provider, request = source.provider, sent(source, source.provider.samples()[0])
    assert provider.authenticate(request, source, NOW) == "path token, header token, secret 1 of 1"
    token = json_request(b'{"verification_token": "secret_abcdefgh"}', path_token=source.path_token)
    with pytest.raises(NotAuthentic):
        provider.authenticate(token, source, NOW)
    assert one_event("notion", {"verification_token": "secret_x"}, options={"header": "X-Key"}).never_rings is None
    bare = source_of("notion", {"header": "X-Key"}, secrets=(), path_token=PATH)
    assert provider.check(bare) == ["`header` needs `secrets`"]
