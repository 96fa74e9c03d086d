"""A dialer whose answers a test writes, a clock it moves, and a ringer wired with both on a real ledger."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway import guards
from gateway.contracts import ContactResolved, Credentials, DialOrder
from gateway.ids import new_id
from gateway.ledger import Ledger
from gateway.ledger.records import Call
from gateway.model import ContactFields, DecidedEvent, Delivery, Event, Outcome, Placed, Refused, Request, Unsent
from gateway.parts import Ringer, Timing
from gateway.rules.loading import load
from gateway.rules.rulebook import Rulebook

MONDAY_NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)  # noon in New York, nine in Los Angeles
TOKEN = "15c94c3c-1873-4a09-bfbb-03357c29ea50.abc123xyz"
CONFIG = """
accounts: {main: {token: "${TOKEN:-}"}}
numbers: {east: {id: pn_east, account: main, pace: {}}}
sources: {crm: {provider: generic, secrets: [a-long-enough-secret], authentication: [{bearer: true}]}}
rules:
  - name: by id
    when: has(payload.id)
    call: {from: east, contact: {id: payload.id}}
  - name: by phone
    call: {from: east, contact: {phone: payload.phone, region: US}}
policy: {hours: {window: "09:00-20:00", days: all, assume_zone: America/New_York}}
"""


@dataclass
class Clock:
    """Time that moves only when told to."""

    at: datetime = MONDAY_NOON

    def __call__(self) -> datetime:
        """The time now."""
        return self.at

    def advance(self, **span: float) -> None:
        """Move on by a timedelta's arguments."""
        self.at += timedelta(**span)


@dataclass
class ScriptedDialer:
    """Records what it was asked and answers as told."""

    outcome: Outcome = field(default_factory=lambda: Placed(status=200, provider_call_id="pc_1", response="{}"))
    contact: ContactResolved | Refused | Unsent = field(default_factory=lambda: ContactResolved(contact_id="ct_new"))
    meanwhile: Callable[[], None] = field(default=lambda: None)
    dialled: list[DialOrder] = field(default_factory=list)
    resolved: list[ContactFields] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    async def resolve_contact(
        self, fields: ContactFields, credentials: Credentials
    ) -> ContactResolved | Refused | Unsent:
        """The scripted contact, after what happens meanwhile."""
        self.resolved.append(fields)
        self.tokens.add(credentials.token)
        self.meanwhile()
        return self.contact

    async def dial(self, order: DialOrder, credentials: Credentials) -> Outcome:
        """The scripted outcome."""
        self.dialled.append(order)
        self.tokens.add(credentials.token)
        return self.outcome

    async def probe(self, credentials: Credentials) -> str | None:
        """The account always works."""
        return None

    async def close(self) -> None:
        """Nothing to let go of."""
        return


def a_rulebook(folder: Path, text: str = CONFIG, **environ: str) -> Rulebook:
    """The rulebook of a configuration text; the account has a token unless TOKEN="" is given."""
    (folder / "dialgate.yaml").write_text(text)
    return load(folder / "dialgate.yaml", {"TOKEN": TOKEN, **environ})


def a_ringer(ledger: Ledger, rulebook: Rulebook, dialer: ScriptedDialer, clock: Clock, **changes: object) -> Ringer:
    """A ringer on a real ledger, the product's guards, and a scripted far end."""
    fields: dict[str, object] = {
        "ledger": ledger,
        "rulebook": lambda: rulebook,
        "dialer": dialer,
        "guards": guards.load_guards(),
        "now": clock,
        "monotonic": lambda: clock().timestamp(),
        "jitter": lambda: 0.5,
        "timing": Timing(),
    }
    return Ringer(**{**fields, **changes})


async def accepted(ledger: Ledger, rulebook: Rulebook, clock: Clock, payload: dict[str, str], number: int = 0) -> str:
    """Accept one event of source `crm` and give the id of its one call."""
    source = rulebook.sources["crm"]
    request = Request(method="POST", url="", query="", headers=(), body=b"{}", remote="192.0.2.1", received_at=clock.at)
    delivery_id = new_id("dl", now=clock.at, random=lambda size: bytes([number]) * size)
    delivery = Delivery(
        id=delivery_id,
        source="crm",
        provider="generic",
        received_at=clock.at,
        method="POST",
        query="",
        content_type="application/json",
        remote="192.0.2.1",
        headers=(),
        body=b"{}",
        scheme="bearer",
    )
    event, event_id = Event(payload=dict(payload)), f"ev_{delivery_id}"
    decision = rulebook.match(event, event_id=event_id, source=source, request=request, now=clock.at)
    decided = DecidedEvent(
        id=event_id, event=event, dedupe_key=event_id, dedupe_window=timedelta(days=7), decision=decision
    )
    (answer,) = await ledger.intake.accept(delivery, [decided], now=clock.at)
    (call_id,) = answer.call_ids
    return call_id


async def claimed(ledger: Ledger, clock: Clock) -> Call:
    """The most urgent due call, claimed."""
    claims = await ledger.dials.claim("worker-1", limit=1, now=clock.at, lease=timedelta(seconds=30))
    (call,) = claims.calls
    return call
