"""Pipedrive: two versions of one event, and HTTP basic authentication at a secret address."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from inbound import NOW, json_request, source_of

from gateway.errors import NotAuthentic
from gateway.model import Event, JsonValue, Person

PATH = "Vq3tR8xWmZ0aKp5sLc7dYe2f"
V2 = {"action": "create", "entity": "person", "id": "e1", "attempt": 2, "timestamp": "2026-03-04T11:00:00.000Z"}
V1 = {"action": "added", "object": "person", "id": 3, "company_id": 9, "timestamp_micro": 1680840511329055}


def event_of(body: JsonValue) -> Event:
    """The one event of a body."""
    source = source_of("pipedrive", secrets=(), path_token=PATH)
    request = json_request(orjson.dumps(body), path_token=PATH)
    (event,) = source.provider.split(source.provider.decode(request, source), request, source)
    return event


def test_version_2_names_its_event() -> None:
    """The attempt is no part of the key."""
    body: Any = {"meta": V2, "data": {"id": 3, "phones": [{"value": "+1"}], "name": "Ana P"}, "previous": None}
    assert event_of(body) == Event(
        payload=body,
        type="create.person",
        key=("person", "e1"),
        occurred_at=datetime(2026, 3, 4, 11, tzinfo=UTC),
        person=Person(phone="+1", first_name="Ana", last_name="P", contact_id="3"),
    )


def test_version_1_is_known_by_its_moment() -> None:
    """A retry only counts up; another change is another microsecond."""
    body: Any = {"v": 1, "event": "added.person", "retry": 0, "meta": {**V1, "timestamp": 1680840511}, "current": {}}
    event = event_of(body)
    assert (event.type, event.key) == ("added.person", ("9", "person", "added", "3", "1680840511329055"))
    assert event.occurred_at == datetime(2023, 4, 7, 4, 8, 31, tzinfo=UTC)
    assert event_of({**body, "retry": 2}).key == event.key
    assert event_of({**body, "meta": {**V1, "timestamp_micro": 1}}).key != event.key


@pytest.mark.parametrize(
    "meta", [{}, [], None, {"entity": "person"}, {"object": "person", "action": "added", "id": 3}, {"id": {"odd": 1}}]
)
def test_what_has_no_id_has_no_key(meta: JsonValue) -> None:
    """The body's hash stands in then."""
    assert event_of({"meta": meta}).key is None


@pytest.mark.parametrize(
    ("record", "person"),
    [
        ({"phone": [{"value": "1"}, {"value": "2", "primary": True}]}, Person(phone="2")),
        ({"phone": [{"value": "", "primary": True}, {"value": "2"}]}, Person(phone="2")),
        ({"phones": [], "phone": [{"value": 12125550123}]}, Person(phone="12125550123")),
        ({"phone": "1", "email": ["a@example.com"]}, Person(phone="1", email="a@example.com")),
        ({"phones": [None, 7, {"value": {}}], "emails": {}}, Person(phone=None)),
        (
            {"first_name": "Ana", "last_name": "P", "name": "B C", "id": 4},
            Person(first_name="Ana", last_name="P", contact_id="4"),
        ),
        ({}, Person()),
    ],
)
def test_the_person_is_in_the_record(record: JsonValue, person: Person) -> None:
    """The primary value with something in it, in whatever form."""
    assert event_of({"meta": V1, "current": record}).person == person
    assert event_of({"meta": V2, "data": record}).person == person


@pytest.mark.parametrize(
    ("meta", "record", "contact"),
    [
        ({**V2, "entity": "deal"}, {"id": 7, "person_id": 3, "phone": "1"}, "3"),
        ({**V1, "object": "deal"}, {"person_id": {"value": 3}}, "3"),
        ({**V2, "entity": "organization"}, {"id": 7, "name": "Acme"}, None),
        ({**V2, "action": "delete"}, None, None),
    ],
)
def test_other_events_are_thin(meta: JsonValue, record: JsonValue, contact: str | None) -> None:
    """They know whose they are, at most."""
    assert event_of({"meta": meta, "data": record}).person == Person(contact_id=contact)


def test_any_json_is_an_event() -> None:
    """Also what is not Pipedrive's."""
    assert event_of([1]) == Event(payload={"value": [1]})


def test_both_proofs_are_needed() -> None:
    """The password alone does not make up for the address, nor the address for the password."""
    source = source_of("pipedrive", {"user": "dialgate"}, path_token=PATH)
    here = json_request(b"{}", path_token=PATH)
    signed = replace(here, headers=source.provider.sign(here, source, NOW))
    assert source.provider.authenticate(signed, source, NOW) == "path token, basic, secret 1 of 2"
    for request in (here, replace(signed, path_token="elsewhere")):
        with pytest.raises(NotAuthentic):
            source.provider.authenticate(request, source, NOW)


@pytest.mark.parametrize(
    ("options", "secrets", "says"),
    [({}, (b"s",), "name it"), ({"user": "u"}, (), "needs a password"), ({"user": "u"}, (b"",), "secret 1 is empty")],
)
def test_user_and_password_need_each_other(options: Any, secrets: tuple[bytes, ...], says: str) -> None:
    """Said as the configuration loads."""
    source = source_of("pipedrive", options, secrets=secrets, path_token=PATH)
    assert says in source.provider.check(source)[0]
