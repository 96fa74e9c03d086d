"""What an endpoint is told: a signed message about one outcome of one call, the same however often it is sent.

Signed by Standard Webhooks (https://www.standardwebhooks.com), symmetric: `webhook-id`, `webhook-timestamp`, and in
`webhook-signature` one `v1,` a live secret. The fields are on docs/notifications.md; they are only ever added to.
"""

import base64
import hashlib
import hmac
from datetime import datetime

import orjson

from gateway.ledger.notices import Notice
from gateway.ledger.records import Call, EventRecord
from gateway.model import CallState, ContactById, JsonObject
from gateway.phones import mask_phone
from gateway.rules.endpoints import Endpoint
from workers.answers import shown

_VERSION = 1
_MAY_HAVE_RUNG = frozenset({CallState.PLACED, CallState.UNKNOWN, CallState.CLOSED})


def message(notice: Notice, call: Call, event: EventRecord | None, endpoint: Endpoint, *, sandbox: bool) -> bytes:
    """The body, as JSON. What changes with a call's state is as it was when the notice was written."""
    content: JsonObject = {
        "type": f"call.{notice.call_state.lower()}",
        "version": _VERSION,
        "id": notice.id,
        "timestamp": _moment(notice.at),
        "data": {**_outcome(notice, call), **_origin(call, event), **_person(call, event, whole=endpoint.full_phone)},
    }
    return orjson.dumps({**content, "sandbox": sandbox})


def signed_headers(notice_id: str, body: bytes, endpoint: Endpoint, now: datetime) -> tuple[tuple[str, str], ...]:
    """The three headers that prove a message; a signature for each live secret."""
    timestamp = str(int(now.timestamp()))
    signed = b".".join((notice_id.encode(), timestamp.encode(), body))
    signatures = (base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in endpoint.keys)
    return (
        ("webhook-id", notice_id),
        ("webhook-timestamp", timestamp),
        ("webhook-signature", " ".join(f"v1,{signature}" for signature in signatures)),
    )


def _outcome(notice: Notice, call: Call) -> JsonObject:
    rang = notice.rang_at if notice.call_state in _MAY_HAVE_RUNG else None
    return {
        "callId": call.id,
        "state": notice.call_state.value,
        "reason": notice.reason.value if notice.reason else None,
        "reasonText": notice.reason.text if notice.reason else None,
        "detail": shown(notice.detail) or None,
        "receivedAt": _moment(call.received_at),
        "expiresAt": _moment(call.expires_at),
        "dialedAt": _moment(rang),
        "secondsToDial": None if rang is None else round((rang - call.received_at).total_seconds(), 3),
        "providerCallId": call.provider_call_id if notice.call_state is CallState.PLACED else None,
    }


def _origin(call: Call, event: EventRecord | None) -> JsonObject:
    key = event.event.key if event is not None else None
    return {
        "eventId": call.event_id,
        "senderEventId": ":".join(key) if key else None,
        "eventType": event.event.type or None if event is not None else None,
        "deliveryId": call.delivery_id,
        "source": call.source,
        "provider": call.provider,
        "rule": call.rule,
        "number": call.number,
        "fromNumberId": call.from_number_id,
        "campaignId": call.campaign_id,
    }


def _person(call: Call, event: EventRecord | None, *, whole: bool) -> JsonObject:
    phone = None if isinstance(call.contact, ContactById) else call.contact.phone
    return {
        "contactId": call.contact_id,
        "senderContactId": event.event.person.contact_id if event is not None else None,
        "phone": phone if phone is None or whole else mask_phone(phone),
    }


def _moment(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
