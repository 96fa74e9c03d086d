"""Airtable."""

from datetime import UTC, datetime
from typing import Any

import pytest
from inbound import json_request, source_of
from one_event import one_event

from gateway.model import Person

BODY = {"base": {"id": "app1"}, "webhook": {"id": "ach1"}, "timestamp": "2026-03-04T12:00:00.000Z"}


def test_a_ping_is_one_event() -> None:
    """Known by the webhook and its time; it names nobody."""
    event = one_event("airtable", BODY)
    assert event.payload == BODY
    assert (event.type, event.key) == ("ping", ("ach1", "2026-03-04T12:00:00.000Z"))
    assert (event.occurred_at, event.person) == (datetime(2026, 3, 4, 12, tzinfo=UTC), Person())


@pytest.mark.parametrize("body", [{**BODY, "webhook": "ach1"}, {**BODY, "timestamp": None}, [], "x"])
def test_a_ping_of_another_shape_counts_by_its_body(body: Any) -> None:
    """Two of them are not one."""
    assert one_event("airtable", body).key is None


def test_the_answer_is_empty() -> None:
    """As Airtable asks."""
    source = source_of("airtable", secrets=(b"c2VjcmV0",))
    assert source.provider.reply is not None
    reply = source.provider.reply(json_request(b"{}"), source, [])
    assert reply is not None
    assert (reply.status, reply.body) == (200, b"")


def test_the_secret_is_written_in_base64() -> None:
    """As Airtable shows it once."""
    good = source_of("airtable", secrets=(b"c2VjcmV0",))
    assert good.provider.check(good) == []
    source = source_of("airtable", secrets=(b"not base64!",))
    assert source.provider.check(source) == ["secret 1 is not written in base64"]
