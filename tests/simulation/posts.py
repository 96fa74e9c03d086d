"""An arrival as its sender would post it: body and signature of that sender."""

from urllib.parse import urlencode

import orjson
from simulation.arrivals import Arrival

from gateway.contracts import Source
from gateway.model import Request

_FORM = "application/x-www-form-urlencoded"


def request_of(arrival: Arrival, source: Source) -> Request:
    """The signed request, received at the arrival's instant."""
    body, content_type = _body(arrival)
    unsigned = Request(
        method="POST",
        url=f"https://hooks.example.com/hooks/{source.name}",
        query="",
        headers=(("content-type", content_type), ("origin", "https://example.com")),
        body=body,
        remote="192.0.2.1",
        received_at=arrival.at,
    )
    signature = source.provider.sign(unsigned, source, arrival.at)
    headers = (*unsigned.headers, *((name.lower(), value) for name, value in signature))
    named = dict(headers) | {"content-type": content_type}
    return Request(
        method="POST",
        url=unsigned.url,
        query="",
        headers=tuple(named.items()),
        body=body,
        remote=unsigned.remote,
        received_at=arrival.at,
    )


def _body(arrival: Arrival) -> tuple[bytes, str]:
    person = arrival.person
    known: dict[str, object] = {"phone": person.phone, "email": person.email}
    if person.told_zone:
        known["timezone"] = person.told_zone
    if arrival.source == "site-form":
        return urlencode({**known, "message": arrival.id}).encode(), _FORM
    if arrival.source == "hubspot":
        return orjson.dumps([_hubspot_event(arrival)]), "application/json"
    if arrival.source == "partner":
        data = {**known, "consent": "written" if arrival.consent else ""}
        return orjson.dumps({"type": "lead", "id": arrival.id, "data": data}), "application/json"
    more = {"id": arrival.id, "kind": "lead", "contactId": person.contact_id}
    if arrival.source == "unsubscribes":
        more = {"id": arrival.id}
        known = {"phone": person.phone} if not person.only_in_crm else {"contact": person.contact_id}
    return orjson.dumps({**known, **more}), "application/json"


def _hubspot_event(arrival: Arrival) -> dict[str, object]:
    return {
        "eventId": int(arrival.id.rpartition("-")[2], 16) % 10**9,
        "subscriptionId": 1,
        "portalId": 1,
        "occurredAt": int(arrival.at.timestamp() * 1000),
        "subscriptionType": "contact.creation",
        "objectId": int(arrival.person.contact_id),
    }
