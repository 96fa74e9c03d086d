"""JustCall: calls, text messages and contacts, one event each.

Source of facts: JustCall's developer documentation ("Dynamic webhook signatures", whose example is among our vectors,
"Webhook events", "Call events", "Contact events"). The signature covers the address, the type and the time, and
nothing of what the event says. The time is UTC: the example's `request_id`, a ULID, holds the same second.
"""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import orjson

from gateway.auth.proofs import Proof
from gateway.auth.signatures import Hmac
from gateway.auth.timestamps import Timestamp
from gateway.contracts import Provider, ProviderFacts, Sample, Source
from gateway.decoding import strict_json
from gateway.decoding.facts import as_object, first_text
from gateway.decoding.people import split_name
from gateway.decoding.selectors import moment_of, text_of
from gateway.fiction import invent_id, invent_person
from gateway.model import Event, JsonObject, JsonValue, Person, Request

_STAMP = "x-justcall-request-timestamp"
_PROOF = Proof(
    schemes=(
        Hmac(
            name="justcall",
            header="x-justcall-signature",
            signed="{key}|{urlencoded:webhook_url}|{field:type}|{timestamp}",
            covers_body=False,
            timestamp=Timestamp(header=_STAMP, format="%Y-%m-%d %H:%M:%S"),
        ),
    )
)


def _split(payload: JsonValue, request: Request, _: Source) -> Sequence[Event]:
    body = as_object(payload)
    request_id = text_of(body.get("request_id"))
    return [
        Event(
            payload=body,
            type=text_of(body.get("type")) or "",
            key=(request_id,) if request_id is not None else None,
            occurred_at=moment_of(request.header(_STAMP)),
            person=_person(body),
        )
    ]


def _person(body: JsonObject) -> Person:
    """The contact, whichever way the call went."""
    first, last = split_name(first_text(body, ("data.contact_name", "data.name")))
    return Person(
        phone=first_text(body, ("data.contact_number",)),
        email=first_text(body, ("data.contact_email", "data.email")),
        first_name=first,
        last_name=last,
        contact_id=first_text(body, ("data.contact_id",)),
    )


def _sample_missed(now: datetime, random: Random) -> bytes:
    person = invent_person(random)
    return orjson.dumps(
        {
            "request_id": f"01{invent_id(random).upper()}",
            "webhook_url": "https://your-gateway/hooks/calls",
            "url_id": invent_id(random),
            "type": "jc.call_missed",
            "data": {
                "id": random.randrange(10**7, 10**9),
                "call_sid": f"CA{invent_id(random)}{random.getrandbits(32):08x}",
                "contact_number": person.phone,
                "contact_name": f"{person.first_name} {person.last_name}",
                "contact_email": person.email,
                "justcall_number": "12125550199",
                "call_date": now.strftime("%Y-%m-%d"),
                "call_time": now.strftime("%H:%M:%S"),
                "call_info": {"direction": "Incoming", "type": "missed", "missed_call_reason": "Abandoned"},
            },
        }
    )


def _samples() -> Sequence[Sample]:
    return (Sample(name="missed call", make=_sample_missed),)


PROVIDER = Provider(
    name="justcall",
    title="JustCall",
    authenticate=_PROOF.authenticate,
    decode=lambda request, _: strict_json.loads(request.body),
    split=_split,
    sign=_PROOF.sign,
    check=_PROOF.check,
    samples=_samples,
    requires_path_token=True,
    facts=ProviderFacts(
        authentication="HMAC-SHA256 over address, type and time, not over the event; a secret address besides",
        covers_body=False,
        dedupe="`request_id`",
        retries="said to be some, with growing gaps",
        certainty="documented",
    ),
)
