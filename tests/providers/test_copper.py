"""Copper: ids, thirty at most, and a secret that may stand in the body."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from inbound import NOW, json_request, source_of
from pydantic import ValidationError

from gateway.contracts import Source
from gateway.errors import NotAuthentic, Unreadable
from gateway.model import Event, JsonValue, Person, Request

PATH = "Vq3tR8xWmZ0aKp5sLc7dYe2f"
NEW: dict[str, Any] = {"event": "new", "type": "lead", "ids": [57983], "timestamp": "2026-03-04T11:00:00.640Z"}


def copper(**options: Any) -> Source:
    """A source at a secret address."""
    return source_of("copper", options, secrets=(b"key-1",) if options else (), path_token=PATH)


def notified(body: JsonValue) -> Request:
    """A notification."""
    return json_request(orjson.dumps(body), path_token=PATH)


def events(body: JsonValue, source: Source | None = None) -> list[Event]:
    """What is made of a notification."""
    source, request = source or copper(), notified(body)
    return list(source.provider.split(source.provider.decode(request, source), request, source))


def test_each_id_is_an_event() -> None:
    """Thin, with its own key."""
    first, second = events({**NEW, "ids": [57983, "9"]})
    assert first == Event(
        payload={**NEW, "ids": [57983, "9"], "id": "57983"},
        type="lead.new",
        key=("lead", "new", "57983", "2026-03-04T11:00:00.640Z"),
        occurred_at=datetime(2026, 3, 4, 11, 0, 0, 640_000, tzinfo=UTC),
        person=Person(contact_id="57983"),
    )
    assert second.key == ("lead", "new", "9", "2026-03-04T11:00:00.640Z")


@pytest.mark.parametrize(
    ("changes", "person"),
    [
        ({"phone_numbers": [[], [{"number": "+1"}]], "first_name": ["A", "B"]}, Person(phone="+1", first_name="B")),
        ({"emails": [[], [{"email": "a@b.example"}]]}, Person(email="a@b.example")),
        ({"email": [None, {"email": "a@b.example"}]}, Person(email="a@b.example")),
        ({"phone_numbers": [[{"number": "+1"}], []]}, Person()),
        ({"phone_numbers": "odd", "last_name": {}}, Person()),
        ([], Person()),
    ],
)
def test_a_changed_fact_is_the_new_one(changes: JsonValue, person: Person) -> None:
    """Only where it is known whose it is: of one lead or person."""
    body = {**NEW, "event": "update", "updated_attributes": changes}
    (event,) = events(body)
    assert (event.person.phone, event.person.email) == (person.phone, person.email)
    assert (event.person.first_name, event.person.last_name) == (person.first_name, person.last_name)
    assert {one.person.phone for one in events({**body, "ids": [1, 2]})} == {None}
    assert events({**body, "type": "opportunity"})[0].person == Person()


@pytest.mark.parametrize("changes", [{"timestamp": None}, {"ids": [{}]}])
def test_what_has_no_id_or_time_has_no_key(changes: dict[str, Any]) -> None:
    """The body's hash stands in then."""
    assert events({**NEW, **changes})[0].key is None


@pytest.mark.parametrize("body", [{**NEW, "ids": [1] * 31}, {**NEW, "ids": 5}, {}, [1]])
def test_what_names_no_ids_or_too_many_is_unreadable(body: JsonValue) -> None:
    """Copper sends one to thirty."""
    with pytest.raises(Unreadable):
        events(body)


def test_a_secret_in_the_body_is_compared_and_let_go() -> None:
    """Neither rules nor the ledger see it."""
    source = copper(secret_field="dialgate_key")
    good = notified({**NEW, "dialgate_key": "key-1"})
    assert source.provider.authenticate(good, source, NOW) == "path token, body token, secret 1 of 1"
    assert "dialgate_key" not in events({**NEW, "dialgate_key": "key-1"}, source)[0].payload
    assert b"key-1" not in source.provider.kept_body(good, source)
    for wrong in ({**NEW, "dialgate_key": "key-2"}, NEW):
        with pytest.raises(NotAuthentic):
            source.provider.authenticate(notified(wrong), source, NOW)


@pytest.mark.parametrize(
    ("options", "secrets", "says"),
    [
        ({"secret_field": "k"}, (), "`secret_field` needs `secrets`"),
        ({"secret_field": "k"}, (b"",), "secret 1 is empty"),
        ({}, (b"s",), "nothing would use"),
    ],
)
def test_secrets_must_be_of_use(options: dict[str, Any], secrets: tuple[bytes, ...], says: str) -> None:
    """Said as the configuration loads."""
    source = source_of("copper", options, secrets=secrets, path_token=PATH)
    assert says in source.provider.check(source)[0]


def test_a_secret_has_one_place() -> None:
    """A header or the body."""
    with pytest.raises(ValidationError, match="choose one"):
        copper(secret_field="k", header="X-Key")
