"""CallRail: calls, texts and forms."""

from base64 import b64encode
from datetime import UTC, datetime
from hmac import digest
from typing import Any

import orjson
import pytest
from inbound import NOW, request_of, source_of

from gateway.model import Event, Person

KEY = b"072e77e426f92738a72fe23c4d1953b4"


def event_of(payload: Any) -> Event:
    """The one event of a request signed here as the documentation says."""
    body = orjson.dumps(payload)
    request = request_of(body, {"Signature": b64encode(digest(KEY, body, "sha1")).decode()})
    source = source_of("callrail", secrets=(KEY,))
    assert source.provider.authenticate(request, source, NOW) == "callrail, secret 1 of 1"
    (event,) = source.provider.split(source.provider.decode(request, source), request, source)
    return event


CALL = {"customer_phone_number": "+12148654559", "customer_name": "Kaylah Mills", "tracking_phone_number": "+19"}
CUSTOMER = Person(phone="+12148654559", first_name="Kaylah", last_name="Mills")


@pytest.mark.parametrize(
    ("payload", "kind", "person"),
    [
        (CALL, "call", CUSTOMER),
        ({**CALL, "direction": "outbound", "changes": ["note"]}, "call.modified", CUSTOMER),
        (
            {"source_number": "+1", "destination_number": "+9", "message_type": "sms", "person_resource_id": "PER1"},
            "text_message.received",
            Person(phone="+1", contact_id="PER1"),
        ),
        ({"source_number": "+9", "destination_number": "+1", "agent": "Bo"}, "text_message.sent", Person(phone="+1")),
        (
            {"form_data": {"Your Name": "Ana Ito", "phone": 12125550101, "email": "a@b"}, "person_id": 7},
            "form_submission",
            Person(phone="12125550101", email="a@b", first_name="Ana", last_name="Ito", contact_id="7"),
        ),
        ({"form_data": []}, "form_submission", Person()),
        ({"customer_phone_number": {}, "customer_name": True, "customer_email": "c@d"}, "call", Person(email="c@d")),
        ([], "call", Person()),
    ],
)
def test_the_person_is_the_customer(payload: Any, kind: str, person: Person) -> None:
    """Whichever way it went; never the company's own number."""
    event = event_of(payload)
    assert (event.type, event.person) == (kind, person)


def test_one_call_is_told_of_several_times() -> None:
    """Each as an event of its own; the same again is the same."""
    before = {"resource_id": "CAL1", "answered": False, "start_time": "2026-01-02T03:04:05.000-05:00"}
    after = {**before, "duration": "13"}
    assert event_of(before).key == event_of(dict(reversed(before.items()))).key
    assert event_of(before).key != event_of(after).key
    assert event_of(before).occurred_at == datetime(2026, 1, 2, 8, 4, 5, tzinfo=UTC)
    assert event_of({"id": 766970532}).key is not None
    assert event_of({}).key is None
