"""Zapier."""

from typing import Any

import pytest
from inbound import NOW, request_of, source_of
from one_event import FORM, one_event

from gateway.model import JsonObject, Request


@pytest.mark.parametrize(
    ("body", "content_type", "payload"),
    [
        (b"id=7&phone=%2B1", FORM, {"id": "7", "phone": "+1"}),
        (b'{"id":"7","phone":"+1"}', "application/json", {"id": "7", "phone": "+1"}),
        (b"<lead><id>7</id><phone>+1</phone></lead>", "application/xml", {"lead": {"id": "7", "phone": "+1"}}),
        (b'{"lead":{"id":"7","phone":"+1"}}', "text/plain", {"lead": {"id": "7", "phone": "+1"}}),
    ],
)
def test_each_payload_type_is_read(body: bytes, content_type: str, payload: JsonObject) -> None:
    """Form, JSON, XML, and raw text that is JSON; *Unflatten* and XML need the path."""
    options: dict[str, Any] = {"event_id": "lead.id", "person": {"phone": "lead.phone"}} if "lead" in payload else {}
    event = one_event("zapier", body, content_type=content_type, options={"event_id": "id", **options})
    assert (event.payload, event.key, event.person.phone) == (payload, ("7",), "+1")


def test_a_get_has_its_fields_in_the_query() -> None:
    """As the action GET sends them."""
    source = source_of("zapier", {"authentication": {"basic": {"user": "zapier"}}, "event_id": "id"})
    bare: Request = request_of(b"", method="GET", query="id=7&phone=%2B1")
    signed = request_of(b"", source.provider.sign(bare, source, NOW), method="GET", query=bare.query)
    assert source.provider.authenticate(signed, source, NOW) == "basic, secret 1 of 2"
    (event,) = source.provider.split(source.provider.decode(signed, source), signed, source)
    assert (event.key, event.person.phone) == (("7",), "+1")
