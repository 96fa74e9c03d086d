"""Segment: one call or a list."""

import json
from datetime import UTC, datetime
from hmac import digest
from typing import Any

import orjson
import pytest
from inbound import NOW, PAYLOADS, request_of, source_of

from gateway.errors import NotAuthentic, Unreadable
from gateway.model import Event, Person, Request

SECRET, PATH = b"shared", "Vq3tR8xWmZ0aKp5sLc7dYe2f"
SOURCE = source_of("segment", secrets=(SECRET,), path_token=PATH)


def signed(body: bytes, first: bytes | None = None) -> Request:
    """A request signed here as the documentation says: over the first element."""
    signature = digest(SECRET, body if first is None else first, "sha1").hex()
    return request_of(body, {"X-Signature": signature}, path_token=PATH)


def events_of(request: Request) -> list[Event]:
    """The events of a request that passes."""
    assert SOURCE.provider.authenticate(request, SOURCE, NOW) == "segment, secret 1 of 1"
    return list(SOURCE.provider.split(SOURCE.provider.decode(request, SOURCE), request, SOURCE))


def test_of_a_list_the_first_is_signed() -> None:
    """Each element is an event; a change of the first is refused, and an empty list proves nothing."""
    first = b'{"messageId":"m1","type":"identify"}'
    second = b'{"messageId":"m2","type":"track","timestamp":"2026-01-02"}'
    events = events_of(signed(b"[" + first + b"," + second + b"]", first))
    assert [(event.key, event.type) for event in events] == [(("m1",), "identify"), (("m2",), "track")]
    assert events[1].occurred_at == datetime(2026, 1, 2, tzinfo=UTC)
    for body in (b"[" + second + b"]", b"[]"):
        with pytest.raises(NotAuthentic):
            events_of(signed(body, first))


@pytest.mark.parametrize(
    ("call", "person"),
    [
        (
            {"traits": {"phone": "+1", "email": "a@b", "firstName": "Ana"}},
            Person(phone="+1", email="a@b", first_name="Ana"),
        ),
        (
            {"userId": 7, "context": {"traits": {"phone": 12125550101, "name": "Ana Pérez"}}},
            Person(phone="12125550101", first_name="Ana", last_name="Pérez", contact_id="7"),
        ),
        ({"properties": {"phone": "+2", "last_name": "Ito", "name": "Sofa"}}, Person(phone="+2", last_name="Ito")),
        ({"properties": {"name": "Sofa"}, "traits": [], "context": "x"}, Person()),
        (1, Person()),
    ],
)
def test_the_person_of_a_call(call: Any, person: Person) -> None:
    """Traits before properties; a thing's name is nobody's."""
    (event,) = events_of(signed(orjson.dumps(call)))
    assert (event.person, event.key) == (person, None)


def test_a_list_has_a_bound() -> None:
    """Said with its number."""
    with pytest.raises(Unreadable, match="501"):
        events_of(signed(b"[" + b",".join([b"{}"] * 501) + b"]", b"{}"))


def test_the_known_signature_passes() -> None:
    """Derived from the documentation, over a body that is no list."""
    vectors = json.loads((PAYLOADS / "vectors.json").read_text(encoding="utf-8"))
    (vector,) = (one for one in vectors if one["provider"] == "segment")
    source = source_of("segment", secrets=(vector["secret"].encode(),), path_token=PATH)
    request = request_of(vector["body"].encode(), vector["headers"], path_token=PATH)
    assert source.provider.authenticate(request, source, NOW) == "segment, secret 1 of 1"
