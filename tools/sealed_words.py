"""How gateway/ledger/sealed_words.zdict came to be: trained on records as the ledger seals them, of invented people.

Records that were sealed with it can be read with nothing else, so the file is never written again: a better one gets a
name and a mark of its own (gateway/ledger/packing.py). `python tools/sealed_words.py FILE` writes such a one.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import orjson
import zstandard

from gateway.fiction import InventedPerson, invent_id, invent_person
from gateway.ids import derived_id, new_id
from gateway.ledger.encoding import Origin, decision_fields, delivery_data, event_data, verdict_fields
from gateway.ledger.instants import to_ms
from gateway.ledger.packing import unseal
from gateway.model import (
    CallPlan,
    Consent,
    Contact,
    ContactById,
    ContactFields,
    Decision,
    Delivery,
    Event,
    EventState,
    Person,
    Priority,
    RuleTrace,
    Verdict,
)
from gateway.providers import load_providers

BYTES = 3072
EVENTS = 4000
_RULES = ("demo request", "new lead", "callback", "missed call", "contact form", "pricing", "trial started")
_TYPES = ("", "lead.created", "contact.creation", "form_response", "deal.updated", "call.missed")
_CONDITIONS = (
    'event.type == "lead.created" && payload.lead.?interest.orValue("") == "demo"',
    'payload.?interest.orValue("") == "demo"',
    'event.type is "contact.creation"',
    "always",
    "has(person.phone)",
)
_ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "Europe/London")
_AGENTS = (
    "HubSpot Connect 2.0",
    "Zapier",
    "python-requests/2.32.3",
    "Go-http-client/2.0",
    "axios/1.7.2",
    "Mozilla/5.0",
)
_TYPES_OF_BODY = ("application/json", "application/json; charset=utf-8", "application/x-www-form-urlencoded")


def samples(draw: Random) -> Iterator[bytes]:
    """The JSON of everything sealed for so many events."""
    providers = tuple(load_providers())
    for _ in range(EVENTS):
        now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=draw.randrange(5 * 365 * 86_400_000))
        person, delivery = invent_person(draw), _delivery(draw, draw.choice(providers), now)
        origin = Origin(
            event_id=derived_id("ev", delivery.id),
            delivery_id=delivery.id,
            source=delivery.source,
            provider=delivery.provider,
            received_ms=to_ms(now),
        )
        decision = decision_fields(_decision(draw, person, now), origin)
        sealed = [delivery_data(delivery), event_data(_event(draw, person), delivery), decision["trace"]]
        sealed += [plan["data"] for plan in decision["plans"]] + [verdict_fields(_verdicts(draw, now))]
        yield from (orjson.dumps(unseal(one)) for one in sealed)


def _delivery(draw: Random, provider: str, now: datetime) -> Delivery:
    headers = (
        ("host", "hooks.example.com"),
        ("user-agent", draw.choice(_AGENTS)),
        ("accept", "*/*"),
        ("accept-encoding", "gzip, deflate"),
        ("connection", "keep-alive"),
        ("content-type", draw.choice(_TYPES_OF_BODY)),
        ("x-signature", "(hidden)"),
        ("content-length", str(draw.randrange(200, 9000))),
        ("x-forwarded-for", ".".join(str(draw.randrange(256)) for _ in range(4))),
        ("x-forwarded-proto", "https"),
    )
    return Delivery(
        id=new_id("dl", now=now, random=draw.randbytes),
        source=draw.choice(("leads", "site-form", "crm", provider)),
        provider=provider,
        received_at=now,
        method="POST",
        content_type=draw.choice(_TYPES_OF_BODY),
        remote=draw.choice(("127.0.0.1", ".".join(str(draw.randrange(256)) for _ in range(4)))),
        headers=tuple(line for line in headers if draw.random() < 0.8),
        query="",
        body=b" " * draw.randrange(200, 9000),
        scheme=f"{draw.choice(('hmac', provider, 'bearer'))} (secret 1 of 1)",
    )


def _event(draw: Random, person: InventedPerson) -> Event:
    return Event(
        payload={},
        type=draw.choice(_TYPES),
        key=draw.choice((None, (invent_id(draw),), (f"evt_{draw.randrange(10**9)}",))),
        person=Person(phone=person.phone, email=person.email, first_name=person.first_name, last_name=person.last_name),
    )


def _decision(draw: Random, person: InventedPerson, now: datetime) -> Decision:
    rule, held = draw.choice(_RULES), draw.random() < 0.8
    number = f"; from east: {draw.choice(('the area code is 212', 'in turn'))}" if draw.random() < 0.3 else ""
    trace = RuleTrace(rule=rule, matched=held, detail=draw.choice(_CONDITIONS) + number)
    plan = CallPlan(
        rule=rule,
        ordinal=0,
        account="main",
        number=draw.choice(("east", "west", "main")),
        from_number_id=f"pn_{draw.randrange(10**6)}",
        contact=_contact(draw, person),
        priority=draw.choice(tuple(Priority)),
        campaign_id=draw.choice((None, f"cmp_{draw.randrange(10**4)}")),
        not_before=now,
        expires_at=now,
        person_keys=draw.choice(((f"tel:{person.phone}",), (f"id:main:{invent_id(draw)}", f"tel:{person.phone}"))),
        regions=draw.choice((None, ("US",), ("US", "CA"))),
        zones=draw.choice(((), (draw.choice(_ZONES),))),
        consent=draw.choice((None, Consent(), Consent(basis="ticked the box on the form", at=now, source="form"))),
        address=draw.choice((None, "US", "US-NY")),
    )
    state = EventState.MATCHED if held else EventState.IGNORED
    return Decision(state=state, plans=(plan,), trace=(trace,), rulebook=invent_id(draw))


def _contact(draw: Random, person: InventedPerson) -> Contact:
    if draw.random() < 0.3:
        return ContactById(contact_id=invent_id(draw))
    return ContactFields(
        phone=person.phone,
        first_name=person.first_name,
        last_name=draw.choice((None, person.last_name)),
        email=draw.choice((None, person.email)),
        tags=draw.choice(((), ("demo",))),
    )


def _verdicts(draw: Random, now: datetime) -> tuple[Verdict, ...]:
    later, zone = now + timedelta(hours=draw.randrange(1, 48)), draw.choice(_ZONES)
    hours = {"hours": "09:00-20:00 mon-sat", "zones": zone, "zones_from": draw.choice(("number", "payload", "address"))}
    return (
        Verdict(guard="freshness", allow=True, valid_until=later, facts={"expires_at": later.isoformat()}),
        Verdict(guard="do_not_call", allow=True, facts={"list": "not on it"}),
        Verdict(guard="destination", allow=True, facts={"region": "US"}),
        Verdict(guard="scrub", allow=True, facts={"lists": "none is required"}),
        Verdict(guard="consent", allow=True, facts={"basis": "form", "at": now.isoformat(), "source": "form"}),
        Verdict(guard="hours", allow=True, valid_until=later, facts=hours),
    )


def trained() -> bytes:
    """The dictionary."""
    return zstandard.train_dictionary(BYTES, list(samples(Random(6))), level=3).as_bytes()  # noqa: S311 - no secret


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(trained())
