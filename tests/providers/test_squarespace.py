"""Squarespace: notifications without a person."""

from datetime import UTC, datetime
from hmac import digest
from typing import Any

import orjson
import pytest
from inbound import NOW, request_of, source_of

from gateway.errors import NotAuthentic
from gateway.model import Event, Person

SECRET = "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90"
SOURCE = source_of("squarespace", secrets=(SECRET.encode(),))


def event_of(payload: Any) -> Event:
    """The one event of a request signed here as the documentation says."""
    body = orjson.dumps(payload)
    request = request_of(body, {"Squarespace-Signature": digest(bytes.fromhex(SECRET), body, "sha256").hex()})
    assert SOURCE.provider.authenticate(request, SOURCE, NOW) == "squarespace, secret 1 of 1"
    (event,) = SOURCE.provider.split(SOURCE.provider.decode(request, SOURCE), request, SOURCE)
    return event


@pytest.mark.parametrize(
    ("payload", "key", "kind"),
    [
        ({"id": "5c2b", "topic": "order.create", "data": {"orderId": "o1"}}, ("5c2b",), "order.create"),
        ({"notificationId": "5c2c", "topic": "extension.uninstall"}, ("5c2c",), "extension.uninstall"),
        ({"id": [], "topic": {}}, None, ""),
        ([1], None, ""),
    ],
)
def test_a_notification_names_nobody(payload: Any, key: tuple[str, ...] | None, kind: str) -> None:
    """It has an id and a topic, whatever else stands in it."""
    event = event_of(payload)
    assert (event.key, event.type, event.person) == (key, kind, Person())


@pytest.mark.parametrize("written", ["2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05+00:00"])
def test_its_time_is_when_it_was_made(written: str) -> None:
    """As the documentation and its examples write it."""
    assert event_of({"createdOn": written}).occurred_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert event_of({"createdOn": "2020-04-22T22:18+00:00"}).occurred_at == datetime(2020, 4, 22, 22, 18, tzinfo=UTC)


def test_the_secrets_bytes_are_the_key() -> None:
    """Signed with its text it is refused, and a secret that is not hexadecimal does not load."""
    request = request_of(b"{}", {"Squarespace-Signature": digest(SECRET.encode(), b"{}", "sha256").hex()})
    with pytest.raises(NotAuthentic):
        SOURCE.provider.authenticate(request, SOURCE, NOW)
    other = source_of("squarespace", secrets=(b"not hexadecimal",))
    assert other.provider.check(other) != []
