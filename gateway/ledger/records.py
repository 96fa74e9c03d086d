"""What the ledger hands out: frozen records read back from Redis, and the answers of its transitions."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.ledger.marks import Mark
from gateway.model import (
    CallState,
    Consent,
    Contact,
    Event,
    EventState,
    JsonObject,
    Priority,
    RuleTrace,
    Verdict,
    record,
)
from gateway.reasons import Reason


class Transition(StrEnum):
    """What a transition script answered. REPEATED: the same call with the same arguments already did it."""

    DONE = "DONE"
    REPEATED = "REPEATED"
    STALE = "STALE"  # another owner or a newer fence holds the call
    WRONG_STATE = "WRONG_STATE"
    MISSING = "MISSING"


@record
class Hold:
    """A worker's claim on one call: every later write must show it.

    With `till` it was handed out without a claim: the first write about it takes it up, until then, if nobody else did.
    """

    call_id: str
    owner: str
    fence: int
    till: datetime | None = None


@record
class TimelineEntry:
    """One line of a call's or event's history."""

    at: datetime
    state: str
    reason: Reason | None = None
    by: str = ""  # worker, sweeper, or a person's name
    detail: str = ""
    facts: Mapping[str, str]


@record
class Call:
    """A call as the ledger has it."""

    id: str
    event_id: str
    delivery_id: str
    source: str
    provider: str
    rule: str
    ordinal: int
    account: str
    number: str
    from_number_id: str
    numbers: tuple[str, ...]  # every number the rule may call from, best first; empty where it names one
    contact: Contact
    contact_id: str | None  # given by the rule, or taken from the call API once resolved
    campaign_id: str | None
    person_keys: tuple[str, ...]
    cooldown: timedelta
    regions: tuple[str, ...] | None
    zones: tuple[str, ...]
    consent: Consent | None
    address: str | None
    priority: Priority
    state: CallState
    reason: Reason | None
    detail: str
    not_before: datetime
    expires_at: datetime
    received_at: datetime  # when the webhook arrived
    created_at: datetime
    updated_at: datetime
    granted_at: datetime | None  # the last time a request was allowed out
    finished_at: datetime | None
    owner: str | None
    fence: int
    lease_until: datetime | None  # CLAIMED: the lease; DIALING: the deadline
    attempts: int  # requests allowed out
    unsent: int  # tries in a row that came to nothing: proved unsent, or no contact to be had
    leader: str | None  # the call this one joined
    joined: tuple[str, ...]  # the calls that joined this one
    released: frozenset[Reason]  # what a person has let it pass for, after it was HELD
    provider_call_id: str | None
    response: str  # the call API's last answer, cut
    verdicts: tuple[Verdict, ...]
    unlisted: bool = field(default=False, compare=False)  # as it was claimed, nothing it is known by was listed

    def hold(self) -> Hold:
        """What to show with every write; meaningful of a call as it was handed out, and while CLAIMED or DIALING."""
        till = self.lease_until if self.state is CallState.READY else None
        return Hold(call_id=self.id, owner=self.owner or "", fence=self.fence, till=till)


@record
class PendingReplay:
    """A person's order to decide an event anew, carried out once its record was fetched."""

    actor: str
    again: bool
    nonce: str


@record
class EventRecord:
    """An event as the ledger has it."""

    id: str
    delivery_id: str
    source: str
    provider: str
    event: Event
    state: EventState
    reason: Reason | None
    error: str | None
    received_at: datetime
    decided_at: datetime | None
    duplicates: int
    call_ids: tuple[str, ...]
    trace: tuple[RuleTrace, ...]
    rulebook: str
    timeline: tuple[TimelineEntry, ...] = ()
    tries: int = 0  # times a worker took it up since it was last to be decided
    since: datetime | None = None  # when it was last to be decided: accepted, or ordered again
    order: PendingReplay | None = None  # the last replay, if it ever was replayed


@record
class DeliveryRecord:
    """A delivery as the ledger has it; `body` is None once its retention has passed."""

    id: str
    source: str
    provider: str
    received_at: datetime
    method: str
    content_type: str
    remote: str
    headers: tuple[tuple[str, str], ...]
    query: str
    scheme: str
    body: bytes | None
    size: int
    event_ids: tuple[str, ...]  # one per event: its own, or for a duplicate the first's


@record
class Claims:
    """Calls handed to a worker, most urgent first, and Redis's own clock at that moment. READY: without a claim."""

    calls: tuple[Call, ...]
    redis_now: datetime
    next_due: datetime | None = None  # when more may be due: now or earlier means at once, None that nothing waits
    grants: int = 0  # requests let out so far, by all workers
    forgot: bool = False  # it was set back to before grants that the worker knows of
    refused: bool = False  # the caller's clock and Redis's differ
    unread: int = 0  # records among them that cannot be read: named in the log


class GrantAnswer(StrEnum):
    """GRANTED, or why not. Everything but GRANTED, STALE, WRONG_STATE and MISSING has moved the call on."""

    GRANTED = "GRANTED"
    REPEATED = "REPEATED"  # this very grant was given before: its answer was lost, the call is DIALING
    DEFERRED = "DEFERRED"  # READY again: pace, concurrency, account stopped, stale verdict; see reason, until
    JOINED = "JOINED"  # the person was rung or is being rung by another call
    EXPIRED = "EXPIRED"
    SKIPPED = "SKIPPED"  # on the do-not-call list, or over a cap for as long as it may wait
    FORGOTTEN = "FORGOTTEN"  # the ledger was set back to before grants that the worker knows of
    STALE = "STALE"
    WRONG_STATE = "WRONG_STATE"
    MISSING = "MISSING"


@record
class Grant:
    """The answer to a request to dial."""

    answer: GrantAnswer
    reason: Reason | None = None
    until: datetime | None = None
    deadline: datetime | None = None
    mark: Mark | None = None  # the worker's, this grant counted
    number: str | None = None  # the one it is made from, where there was a choice
    from_number_id: str | None = None


@record
class Swept:
    """What one round of the sweeper moved."""

    leases_lost: tuple[str, ...] = ()  # CLAIMED → READY
    unknown: tuple[str, ...] = ()  # DIALING → UNKNOWN
    expired: tuple[str, ...] = ()
    due: tuple[str, ...] = ()  # READY and due, in the ledger's order: wake for these
    due_total: int = 0
    events_due: tuple[str, ...] = ()  # RECEIVED events whose time has come


@record
class CallFilter:
    """Which calls to list, newest first."""

    state: CallState | None = None
    source: str | None = None
    contact: str | None = None  # a contact id or an E.164 phone number
    since: datetime | None = None


@record
class EventFilter:
    """Which events to list, newest first."""

    state: EventState | None = None
    source: str | None = None
    since: datetime | None = None


@record
class BrokenInvariant:
    """A promise of the ledger that does not hold, the records that show it, and what a person does about it."""

    name: str
    ids: tuple[str, ...]
    detail: str
    do: str = ""


@record
class Audit:
    """Counted again from the records themselves, never from counters or indexes."""

    events: Mapping[str, int]  # by state
    calls: Mapping[str, int]  # by state
    deliveries: int
    broken: tuple[BrokenInvariant, ...]


@record
class AccountStatus:
    """Whether an account's dials are stopped, and why."""

    account: str
    stopped: bool
    reason: str
    since: datetime | None
    probe_at: datetime | None
    ailing: bool = False  # stopped, or on trial, for want of plain answers


@record
class Replay:
    """What a replay did, or with dry_run would do."""

    event_id: str
    state: EventState
    reason: Reason | None
    error: str | None
    new: tuple[str, ...]  # call ids made or made READY again
    kept: tuple[str, ...]  # call ids left as they are: they rang, may have rung, or still wait
    plans: tuple[JsonObject, ...] = ()
