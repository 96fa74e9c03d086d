"""Twilio: messages and calls as forms (or in a GET's query), and Event Streams as JSON.

Source of facts: Twilio's documentation ("Webhooks security", "Messaging webhooks", "Voice request parameters", "Event
Streams") and its SDKs, whose suites sign the address with and without its port.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from random import Random
from urllib.parse import urlencode

from gateway.auth.schemes import verify
from gateway.auth.signatures import Hmac
from gateway.contracts import Provider, ProviderFacts, Reply, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.batches import objects_of
from gateway.decoding.content import decode_body, decode_query
from gateway.decoding.facts import as_object, canonical_text, first_text
from gateway.decoding.people import split_name
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_id, invent_person
from gateway.model import Accepted, Event, JsonObject, JsonValue, Person, Request

_HASH = "bodySHA256"


def _schemes(body: str) -> tuple[Hmac, ...]:
    return tuple(
        Hmac(
            name="twilio",
            header="X-Twilio-Signature",
            algorithm="sha1",
            encoding="base64",
            signed=f"{{url:{address}}}{body}",
        )
        for address in ("portless", "port")
    )


_FORM, _JSON = _schemes("{form:sorted}"), _schemes("{body:hashed-in-url}")
_SIDS = ("MessageSid", "SmsSid", "SmsMessageSid", "CallSid")
_MESSAGE = ("MessageStatus", "SmsStatus")
_OF_THE_FALLBACK = ("ErrorCode", "ErrorUrl")  # added where the same request goes to the fallback address
_CHANNEL = re.compile(r"(?:whatsapp|rcs):(?=\+)")
_NO_PHONE = re.compile(r"[a-z]+:", re.IGNORECASE)  # client:ana, sip:ana@example.com, messenger:12
_EMPTY = Reply(body=b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>', media_type="text/xml")


def _authenticate(request: Request, source: Source, now: datetime) -> str:
    return verify(_JSON if _holds_hash(request) else _FORM, request, source, now)


def _holds_hash(request: Request) -> bool:
    """Whether the address, which is signed, speaks for the body by its hash."""
    return any(part.startswith(f"{_HASH}=") for part in request.query.split("&"))


def _decode(request: Request, _: Source) -> JsonValue:
    if _holds_hash(request):
        return strict_json.loads(request.body)
    return decode_body(request, "form") if request.body else decode_query(request)


def _split(payload: JsonValue, request: Request, _: Source) -> Sequence[Event]:
    if _holds_hash(request):
        return [_streamed(event) for event in objects_of(payload)]
    fields = as_object(payload)
    kind, status = _kind(fields)
    return [
        Event(
            payload=fields,
            type=".".join(filter(None, (kind, status))),
            key=_key(fields),
            person=_person(fields, is_ours=_is_ours(fields, kind, status)),
        )
    ]


def _kind(fields: JsonObject) -> tuple[str, str]:
    """A message or a call, and how it stands."""
    if first_text(fields, ("CallSid",)) is not None:
        return "call", first_text(fields, ("CallStatus",)) or ""
    sid = first_text(fields, _SIDS)
    return ("", "") if sid is None else ("message", first_text(fields, _MESSAGE) or "received")


def _key(fields: JsonObject) -> tuple[str, ...] | None:
    """The id and all else that is signed: one call makes many requests, a repetition is the same throughout."""
    sid = first_text(fields, _SIDS)
    kept: JsonObject = {name: value for name, value in fields.items() if name not in _OF_THE_FALLBACK}
    return None if sid is None else (sid, canonical_text(kept))


def _is_ours(fields: JsonObject, kind: str, status: str) -> bool:
    """Whether `From` is a number of the account itself: of what goes out, the person is who it goes to."""
    direction = (text_of(fields.get("Direction")) or "").lower()
    return direction.startswith("outbound") or (kind == "message" and status not in {"received", "receiving"})


def _person(fields: JsonObject, *, is_ours: bool) -> Person:
    first, last = split_name(first_text(fields, ("ProfileName", "CallerName")))
    phone = _phone(text_of(fields.get("To" if is_ours else "From")))
    return Person(phone=phone) if is_ours else Person(phone=phone, first_name=first, last_name=last)


def _phone(address: str | None) -> str | None:
    """The number of an address, without its channel; None for one that is no phone's."""
    number = _CHANNEL.sub("", address or "", count=1)
    return None if not number or _NO_PHONE.match(number) else number


def _streamed(event: JsonObject) -> Event:
    """A CloudEvent. Whose number `from` is, only the types of inbound messages tell."""
    kind, event_id = text_of(event.get("type")) or "", text_of(event.get("id"))
    inbound = "inbound-message" in kind
    return Event(
        payload=event,
        type=kind,
        key=(event_id,) if event_id is not None else None,
        occurred_at=moment_of(event.get("time")),
        person=Person(phone=_phone(first_text(event, ("data.from",)))) if inbound else Person(),
    )


def _reply(_: Request, __: Source, ___: Sequence[Accepted]) -> Reply:
    """TwiML that asks for nothing: Twilio reads anything else as a mistake of ours."""
    return _EMPTY


def _sign(request: Request, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
    return (_JSON if _holds_hash(request) else _FORM)[0].sign(request, source, now)


def _check(source: Source) -> Sequence[str]:
    return _FORM[0].check(source)


def _sample_message(_: datetime, random: Random) -> bytes:
    person, sid = invent_person(random), f"SM{invent_id(random)}{random.getrandbits(32):08x}"
    fields = {
        "ToCountry": "US",
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "SmsSid": sid,
        "SmsStatus": "received",
        "Body": "Please call me back",
        "FromCountry": "US",
        "To": "+12125550199",
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": "AC00000000000000000000000000000000",
        "From": person.phone,
        "ApiVersion": "2010-04-01",
    }
    return urlencode(fields).encode("ascii")


def _sample_call(_: datetime, random: Random) -> bytes:
    person = invent_person(random)
    fields = {
        "CallSid": f"CA{invent_id(random)}{random.getrandbits(32):08x}",
        "AccountSid": "AC00000000000000000000000000000000",
        "From": person.phone,
        "To": "+12125550199",
        "CallStatus": "no-answer",
        "ApiVersion": "2010-04-01",
        "Direction": "inbound",
        "CallerName": f"{person.first_name} {person.last_name}",
    }
    return urlencode(fields).encode("ascii")


def _samples() -> Sequence[Sample]:
    form = "application/x-www-form-urlencoded"
    return (
        Sample(name="message", make=_sample_message, content_type=form),
        Sample(name="missed call", make=_sample_call, content_type=form),
    )


PROVIDER = Provider(
    name="twilio",
    title="Twilio",
    authenticate=_authenticate,
    decode=_decode,
    split=_split,
    sign=_sign,
    check=_check,
    samples=_samples,
    reply=_reply,
    methods=frozenset({"POST", "GET"}),
    facts=ProviderFacts(
        authentication="HMAC-SHA1 over address and form, or over an address that names the JSON body's hash",
        replay_window=False,
        batch="forms one; Event Streams many",
        dedupe="the message's or call's SID with all that is signed; Event Streams `id`",
        retries="none, but to a fallback address; Event Streams for 4 h",
        certainty="documented",
    ),
)
