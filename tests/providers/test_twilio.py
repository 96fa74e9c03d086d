"""Twilio: forms, queries and Event Streams."""

from base64 import b64encode
from hashlib import sha256
from hmac import digest
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from inbound import NOW, URL, request_of, source_of

from gateway.errors import NotAuthentic, Unreadable
from gateway.model import Event, Person, Request

TOKEN = b"12345"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SOURCE = source_of("twilio", secrets=(TOKEN,))
INWARD, OUTWARD = {"From": "+1", "To": "+9"}, {"From": "+9", "To": "+1"}


def signature(text: str) -> dict[str, str]:
    """The header over an already built text, made here as the documentation says."""
    return {"X-Twilio-Signature": b64encode(digest(TOKEN, text.encode(), "sha1")).decode()}


def posted(fields: dict[str, str]) -> Request:
    """A signed form."""
    signed = URL + "".join(name + fields[name] for name in sorted(fields))
    return request_of(urlencode(fields).encode(), {**FORM, **signature(signed)})


def streamed(payload: Any, *, claimed: bytes | None = None) -> Request:
    """A signed JSON body, its hash in the address."""
    body = orjson.dumps(payload)
    query = f"bodySHA256={sha256(body if claimed is None else claimed).hexdigest()}"
    return request_of(body, {"Content-Type": "application/json", **signature(f"{URL}?{query}")}, query=query)


def events_of(request: Request) -> list[Event]:
    """The events of a request that passes."""
    assert SOURCE.provider.authenticate(request, SOURCE, NOW) == "twilio, secret 1 of 1"
    return list(SOURCE.provider.split(SOURCE.provider.decode(request, SOURCE), request, SOURCE))


@pytest.mark.parametrize(
    ("fields", "kind", "person"),
    [
        ({"MessageSid": "SM1", "SmsStatus": "received", **INWARD}, "message.received", Person(phone="+1")),
        ({"SmsSid": "SM1", **INWARD}, "message.received", Person(phone="+1")),
        ({"MessageSid": "SM1", "MessageStatus": "delivered", **OUTWARD}, "message.delivered", Person(phone="+1")),
        (
            {"MessageSid": "SM1", "SmsStatus": "received", "From": "whatsapp:+1", "ProfileName": "Ana Pérez"},
            "message.received",
            Person(phone="+1", first_name="Ana", last_name="Pérez"),
        ),
        ({"MessageSid": "SM1", "From": "messenger:123"}, "message.received", Person()),
        (
            {"CallSid": "CA1", "CallStatus": "no-answer", "Direction": "inbound", **INWARD, "CallerName": "BO"},
            "call.no-answer",
            Person(phone="+1", first_name="BO"),
        ),
        (
            {"CallSid": "CA1", "CallStatus": "busy", "Direction": "outbound-api", **OUTWARD, "CallerName": "US"},
            "call.busy",
            Person(phone="+1"),
        ),
        ({"CallSid": "CA1", "From": "client:ana"}, "call", Person()),
        ({"CallSid": "CA1", "From": "sip:ana@example.com"}, "call", Person()),
        ({"CallSid": "CA1"}, "call", Person()),
        ({"Body": "no id"}, "", Person()),
    ],
)
def test_the_person_is_the_other_side(fields: dict[str, str], kind: str, person: Person) -> None:
    """Who wrote or called, or who was written to or called: never the account's own number."""
    (event,) = events_of(posted(fields))
    assert (event.type, event.person) == (kind, person)


def test_a_repetition_is_the_same_event_and_a_next_step_another() -> None:
    """One call makes many requests; the fallback address hears of the first again, with the error."""
    ringing = {"CallSid": "CA1", "CallStatus": "ringing"}
    keys = [
        events_of(posted(fields))[0].key
        for fields in (
            ringing,
            {**ringing, "ErrorCode": "11200", "ErrorUrl": "https://example.com"},
            {**ringing, "Digits": "1"},
            {**ringing, "CallStatus": "completed"},
        )
    ]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert events_of(posted({"From": "+1"}))[0].key is None


def test_a_get_is_read_from_its_signed_query() -> None:
    """Its address is all that is signed, and holds everything."""
    query = urlencode({"MessageSid": "SM1", "From": "+1", "Body": "Hi"})
    request = request_of(b"", signature(f"{URL}?{query}"), method="GET", query=query)
    (event,) = events_of(request)
    assert (event.person, event.payload["Body"]) == (Person(phone="+1"), "Hi")


def test_event_streams_are_split() -> None:
    """Each CloudEvent is an event; only of inbound messages it is known whose number `from` is."""
    inbound = "com.twilio.messaging.inbound-message.received"
    first, second, third = events_of(
        streamed(
            [
                {"id": "EZ1", "type": inbound, "time": NOW.isoformat(), "data": {"from": "+1", "to": "+9"}},
                {"id": "EZ2", "type": "com.twilio.messaging.message.sent", "data": {"from": "+9"}},
                {"data": []},
            ]
        )
    )
    assert (first.key, first.type, first.occurred_at, first.person) == (("EZ1",), inbound, NOW, Person(phone="+1"))
    assert (second.key, second.person) == (("EZ2",), Person())
    assert (third.key, third.type) == (None, "")


def test_the_hash_in_the_address_is_the_bodys() -> None:
    """Another body under the same signed address is refused, and so is a hash beside a form's signature."""
    with pytest.raises(NotAuthentic):
        events_of(streamed([{}], claimed=b"[]"))
    form = {"From": "+1"}
    hashed = request_of(urlencode(form).encode(), dict(posted(form).headers), query="bodySHA256=")
    with pytest.raises(NotAuthentic):
        events_of(hashed)


def test_a_form_that_cannot_be_read_is_told() -> None:
    """As any other unreadable body."""
    with pytest.raises(Unreadable):
        SOURCE.provider.decode(request_of(b"From=%FF", FORM), SOURCE)


def test_the_answer_is_empty_twiml() -> None:
    """Twilio would read anything else as an instruction, or complain."""
    assert SOURCE.provider.reply is not None
    reply = SOURCE.provider.reply(posted({}), SOURCE, [])
    assert reply is not None
    assert (reply.status, reply.media_type) == (200, "text/xml")
    assert reply.body.endswith(b"<Response></Response>")
