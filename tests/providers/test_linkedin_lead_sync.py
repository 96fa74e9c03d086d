"""LinkedIn Lead Sync."""

import hmac
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from inbound import NOW, json_request, request_of, source_of
from one_event import one_event

from gateway.errors import NotAuthentic
from gateway.model import Person

RESPONSE = "urn:li:leadGenFormResponse:ab-1"
BODY = {"type": "LEAD_ACTION", "leadGenFormResponse": RESPONSE, "leadAction": "CREATED", "occurredAt": 1772625600000}
CHALLENGE = "890e4665-4dfe-4ab1-b689-ed553bceeed0"  # the one of the documentation, whose secret is not told


def test_a_notification_is_one_event() -> None:
    """It names the answer, and nobody."""
    event = one_event("linkedin_lead_sync", BODY)
    assert event.payload == BODY
    assert (event.type, event.key) == ("LEAD_ACTION.CREATED", ("LEAD_ACTION.CREATED", RESPONSE))
    assert (event.occurred_at, event.person) == (datetime(2026, 3, 4, 12, tzinfo=UTC), Person())


@pytest.mark.parametrize(
    ("body", "kind", "key"),
    [
        ({**BODY, "notificationId": 7}, "LEAD_ACTION.CREATED", ("LEAD_ACTION.CREATED", RESPONSE)),
        ({**BODY, "leadAction": "DELETED"}, "LEAD_ACTION.DELETED", ("LEAD_ACTION.DELETED", RESPONSE)),
        ({"type": "LEAD_ACTION", "leadFormResponse": "r"}, "LEAD_ACTION", ("LEAD_ACTION", "r")),
        ({"type": "OTHER", "notificationId": 7}, "OTHER", ("OTHER", "7")),
        ({"type": ["x"], "leadGenFormResponse": {}}, "x", None),
        ([1], "", None),
    ],
)
def test_what_tells_events_apart(body: Any, kind: str, key: tuple[str, ...] | None) -> None:
    """What happened to which answer; else the notification's id; else the body."""
    event = one_event("linkedin_lead_sync", body)
    assert (event.type, event.key) == (kind, key)


def test_the_prefix_is_signed_and_may_also_be_written() -> None:
    """In the header it proves nothing by itself."""
    source = source_of("linkedin_lead_sync", secrets=(b"s",))
    raw = orjson.dumps(BODY)
    signed = hmac.digest(b"s", b"hmacsha256=" + raw, "sha256").hex()
    for header in (signed, f"hmacsha256={signed}"):
        request = request_of(raw, {"X-LI-Signature": header})
        assert source.provider.authenticate(request, source, NOW) == "linkedin, secret 1 of 1"
    bare = hmac.digest(b"s", raw, "sha256").hex()
    for header in (bare, f"hmacsha256={bare}", f"sha256={signed}"):
        with pytest.raises(NotAuthentic):
            source.provider.authenticate(request_of(raw, {"X-LI-Signature": header}), source, NOW)


def test_a_challenge_is_signed() -> None:
    """With the first secret; a notification is no challenge, and a text that is no UUID is not signed."""
    source = source_of("linkedin_lead_sync", secrets=(b"s", b"next"))
    handshake = source.provider.handshake
    assert handshake is not None
    reply = handshake(request_of(b"", method="GET", query=f"challengeCode={CHALLENGE}&applicationId=1"), source)
    assert reply is not None
    signed = hmac.digest(b"s", CHALLENGE.encode(), "sha256").hex()
    assert orjson.loads(reply.body) == {"challengeCode": CHALLENGE, "challengeResponse": signed}
    assert (reply.status, reply.media_type) == (200, "application/json")
    assert handshake(json_request(orjson.dumps(BODY)), source) is None
    with pytest.raises(NotAuthentic, match="no UUID"):
        handshake(request_of(b"", method="GET", query="challengeCode=hmacsha256%3D%7B%7D"), source)
