"""The frozen records every part speaks in. Words as in the README: delivery, event, rule, call, attempt.

All datetimes are aware. Nothing here does I/O or knows where it is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import TypeAlias, TypeVar, dataclass_transform

from gateway.reasons import Reason
from gateway.subjects import Subject

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, JsonValue]

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """A frozen, keyword-only, slotted dataclass."""
    return dataclass(frozen=True, kw_only=True, slots=True)(cls)


class EventState(StrEnum):
    """Where an event stands; RECEIVED only while a worker still has to decide it."""

    RECEIVED = "RECEIVED"
    MATCHED = "MATCHED"
    IGNORED = "IGNORED"
    FAILED = "FAILED"


class CallState(StrEnum):
    """Where a call stands. UNKNOWN is honest: it may have rung, and is never redialled by itself."""

    READY = "READY"
    HELD = "HELD"
    CLAIMED = "CLAIMED"
    DIALING = "DIALING"
    PLACED = "PLACED"
    REJECTED = "REJECTED"
    UNKNOWN = "UNKNOWN"
    SKIPPED = "SKIPPED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    JOINED = "JOINED"
    CLOSED = "CLOSED"


class Priority(IntEnum):
    """Higher is claimed first; within one priority the freshest lead first."""

    LOW = 0
    NORMAL = 1
    HIGH = 2


@record
class Request:
    """One HTTP request as received: raw bytes, nothing parsed or trusted."""

    method: str
    url: str  # the public URL the sender used, with its query: what URL-signing senders sign
    query: str  # raw query string, without "?"
    headers: tuple[tuple[str, str], ...]  # names lower-case, values as latin-1 text, order and repeats kept
    body: bytes
    remote: str  # the client's address, behind configured proxies the forwarded one
    received_at: datetime
    path_token: str | None = None  # the part after /hooks/{source}/
    subpath: str = ""  # what follows the source's address: one of its provider's `subpaths`, or nothing

    def header_values(self, name: str) -> tuple[str, ...]:
        """Every value of a header, in order; `name` in lower case."""
        return tuple(value for key, value in self.headers if key == name)

    def header(self, name: str) -> str | None:
        """A header's value, or None if it is absent or stands more than once (ambiguous is not there)."""
        values = self.header_values(name)
        return values[0] if len(values) == 1 else None


@record
class Person:
    """Who an event is about, as the sender wrote it: nothing normalised, all optional."""

    phone: str | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    contact_id: str | None = None


@record
class Event:
    """One business fact split from a delivery.

    `key` holds the sender's own id parts for this event; None where the sender has none, and then the
    body's hash stands in, for a shorter window; `content_key` stands in for the body where its bytes vary
    though the content does not (multipart boundaries). `never_rings` is set for tests and handshakes.
    """

    payload: JsonObject
    type: str = ""
    key: tuple[str, ...] | None = None
    content_key: tuple[str, ...] | None = None
    occurred_at: datetime | None = None
    person: Person = Person()
    record: JsonObject | None = None  # what was fetched for it, where its source enriches
    never_rings: Reason | None = None


@record
class Delivery:
    """One authenticated request, ready to be stored. Header values that are secrets are already gone."""

    id: str
    source: str
    provider: str
    received_at: datetime
    method: str
    content_type: str
    remote: str
    headers: tuple[tuple[str, str], ...]
    query: str
    body: bytes
    scheme: str  # which authentication it passed, e.g. "hubspot-v3 (secret 1 of 2)"


# ── decisions ────────────────────────────────────────────────────────────────────────────────────


@record
class ContactById:
    """A contact the call API already knows."""

    contact_id: str


@record
class ContactFields:
    """A contact to create or update at the call API before the dial; only what the rule set is sent."""

    phone: str  # E.164 when valid; as the payload gave it in a call that is skipped for its phone
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    tags: tuple[str, ...] = ()
    fields: Mapping[str, JsonValue] = field(default_factory=dict)


Contact: TypeAlias = ContactById | ContactFields


@record
class Consent:
    """What a payload told of the person's consent; all None: nothing."""

    basis: str | None = None
    at: datetime | None = None
    source: str | None = None


@record
class CallPlan:
    """A call a rule wants made. `skip` is set when it can be refused at once, and still is recorded."""

    rule: str
    ordinal: int  # 0 for a rule's first call of an event
    account: str
    number: str  # the number's name in the configuration
    from_number_id: str
    numbers: tuple[str, ...] = ()  # every number of the choice, best first; empty where there is none
    contact: Contact
    campaign_id: str | None = None
    priority: Priority = Priority.NORMAL
    not_before: datetime
    expires_at: datetime
    person_keys: tuple[str, ...]  # e.g. ("tel:+14155550100",): the same key is the same person
    cooldown: timedelta = timedelta(minutes=10)
    regions: tuple[str, ...] | None = None  # ISO regions the rule may ring; None: any
    zones: tuple[str, ...] = ()  # IANA zones the payload gives for the person
    address: str | None = None  # ISO 3166 code of the state, or the country, of the address the payload gives
    consent: Consent | None = None
    skip: Reason | None = None
    skip_detail: str = ""
    notify: tuple[str, ...] = ()  # per endpoint its name and what it hears of, e.g. "crm EXPIRED phone_invalid"


@record
class RuleTrace:
    """What one rule said of an event: matched, not matched, not reached, or an error's text."""

    rule: str
    matched: bool | None
    error: str | None = None
    detail: str = ""


@record
class Decision:
    """What the rulebook decided about one event."""

    state: EventState
    reason: Reason | None = None
    error: str | None = None
    plans: tuple[CallPlan, ...] = ()
    trace: tuple[RuleTrace, ...] = ()
    rulebook: str = ""  # version of the rulebook that decided
    opt_outs: tuple[Subject, ...] = ()  # to be put on the do-not-call list in the same write


@record
class DecidedEvent:
    """An event with its ledger id, dedupe key and decision: what `accept` stores in one write."""

    id: str
    event: Event
    dedupe_key: str  # digest over delimited parts; never reversible to a body
    dedupe_window: timedelta
    decision: Decision


@record
class Accepted:
    """What `accept` says of one event. For a duplicate, `event_id` names the first."""

    event_id: str
    duplicate: bool
    state: EventState
    call_ids: tuple[str, ...]
    due_call_ids: tuple[str, ...]  # those READY now: the ones to wake for
    heard: bool = field(default=False, compare=False)  # a worker was told of them in the same write


@record
class Verdict:
    """What one guard says. `allow` with no reason; a block has a reason; a defer a reason and `until`."""

    guard: str
    allow: bool
    reason: Reason | None = None
    until: datetime | None = None  # set: look again then; None with allow=False: never
    hold: bool = False  # a person must decide
    valid_until: datetime | None = None  # an allow is not to be relied on after this instant
    facts: Mapping[str, str] = field(default_factory=dict)


# ── outcomes of one attempt ──────────────────────────────────────────────────────────────────────


@record
class Placed:
    """Any 2xx: the call is initiated (not necessarily answered)."""

    status: int
    provider_call_id: str | None
    response: str  # the body as received, cut to 4 KB


@record
class Refused:
    """Refused for good, proved not to have rung."""

    reason: Reason
    status: int | None
    detail: str


@record
class Unsent:
    """Proved not to have rung and worth trying again. `stops_account` for token, credit or address faults."""

    reason: Reason
    detail: str
    status: int | None = None
    retry_after: timedelta | None = None
    stops_account: bool = False


@record
class Uncertain:
    """It may have rung; nobody can know."""

    cause: Reason
    detail: str
    status: int | None = None


Outcome: TypeAlias = Placed | Refused | Unsent | Uncertain
