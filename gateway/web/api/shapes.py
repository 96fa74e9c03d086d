"""What the API answers, field by field. Names are camelCase on the wire; times are UTC, ISO 8601."""

from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

from gateway.model import CallState, EventState

Item = TypeVar("Item")


class Shape(BaseModel):
    """The base of every answer."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, frozen=True)


class Wish(BaseModel):
    """The base of every body the API reads: a key it does not know is an error."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)


class ProblemShape(Shape):
    """An error (RFC 9457). `code` never changes its meaning."""

    title: str
    status: int
    code: str
    detail: str
    errors: list[dict[str, str]] | None = Field(None, description="with code `invalid`: field and message")


class Page(Shape, Generic[Item]):
    """A page of a list, newest first. It may be short and still have a `next`: go on until `next` is null."""

    items: list[Item]
    next: str | None = Field(description="the `cursor` of the next page")


class TimelineShape(Shape):
    """One line of a record's history."""

    at: datetime
    state: str
    reason: str | None
    reason_text: str | None
    by: str
    detail: str
    facts: dict[str, str]


class VerdictShape(Shape):
    """What a guard said the last time it was asked."""

    guard: str
    allow: bool
    reason: str | None
    until: datetime | None
    hold: bool
    valid_until: datetime | None
    facts: dict[str, str]


class ContactShape(Shape):
    """Whom the call is for. Without `reveal=true` only that a field is there, and the phone's last two digits."""

    phone: str | None
    first_name: str | None
    last_name: str | None
    email: str | None
    tags: list[str]
    fields: dict[str, JsonValue]


class CallShape(Shape):
    """A call."""

    id: str
    state: CallState
    reason: str | None = Field(description="why it is in this state, as a stable code")
    reason_text: str | None
    detail: str
    source: str
    provider: str
    rule: str
    account: str
    number: str = Field(description="the number's name in the configuration")
    from_number_id: str
    contact_id: str | None
    phone: str | None = Field(description="masked, unless a single call is read with reveal=true")
    campaign_id: str | None
    priority: str
    event_id: str
    delivery_id: str
    not_before: datetime
    expires_at: datetime
    received_at: datetime
    created_at: datetime
    updated_at: datetime
    granted_at: datetime | None = Field(description="when a request to the call API was last allowed out")
    finished_at: datetime | None
    attempts: int = Field(description="requests allowed out")
    leader: str | None = Field(description="the call this one joined")
    provider_call_id: str | None


class CallDetailShape(CallShape):
    """A call with everything known about it."""

    contact: ContactShape
    regions: list[str] | None
    zones: list[str]
    joined: list[str] = Field(description="the calls that joined this one")
    lease_until: datetime | None
    response: str | None = Field(description="the call API's last answer, cut; only with reveal=true")
    verdicts: list[VerdictShape]
    timeline: list[TimelineShape]


class OrderedShape(CallShape):
    """The call an order became. A duplicate names the first order's call."""

    duplicate: bool


class EventShape(Shape):
    """An event."""

    id: str
    delivery_id: str
    source: str
    provider: str
    type: str
    state: EventState
    reason: str | None
    reason_text: str | None
    error: str | None
    occurred_at: datetime | None
    received_at: datetime
    decided_at: datetime | None
    duplicates: int
    calls: list[str]


class TraceShape(Shape):
    """What one rule said: matched, not matched, or (null) not reached."""

    rule: str
    matched: bool | None
    error: str | None
    detail: str


class EventDetailShape(EventShape):
    """An event with its payload, and how it was decided."""

    payload: JsonValue = Field(description="without reveal=true its keys, and of each value only its kind")
    record: JsonValue = Field(description="what was fetched for a thin event, shown like the payload; else null")
    rulebook: str
    trace: list[TraceShape]
    timeline: list[TimelineShape]


class DeliveryShape(Shape):
    """A request as it was received. Values of headers and parameters that are secrets were never kept."""

    id: str
    source: str
    provider: str
    received_at: datetime
    method: str
    content_type: str
    remote: str
    scheme: str = Field(description="the authentication it passed")
    size: int
    events: list[str]
    headers: list[tuple[str, str]] | None = Field(description="only with reveal=true")
    query: str | None = Field(description="only with reveal=true")
    body: str | None = Field(description="only with reveal=true, and until its retention has passed")
    body_encoding: str | None = Field(description="utf-8 or base64")


class ReplayShape(Shape):
    """What a replay did, or with dryRun would do."""

    event_id: str
    state: EventState
    reason: str | None
    error: str | None
    dry_run: bool
    new: list[str] = Field(description="calls made, or made READY again")
    kept: list[str] = Field(description="calls left alone: they rang, may have rung, or still wait")
    plans: list[Any] = Field(description="with dryRun: the calls the rules ask for")


class BrokenShape(Shape):
    """A promise of the ledger that does not hold."""

    name: str
    ids: list[str]
    detail: str
    do: str = Field(description="what a person does about it")


class AuditShape(Shape):
    """Counted again from the records."""

    ok: bool
    deliveries: int
    events: dict[str, int]
    calls: dict[str, int]
    broken: list[BrokenShape]


class AccountShape(Shape):
    """An account of the configuration, and whether its dials are stopped."""

    name: str
    stopped: bool
    reason: str | None
    since: datetime | None
    probe_at: datetime | None


class AccountsShape(Shape):
    """Every account."""

    items: list[AccountShape]


class RuleShape(Shape):
    """A rule as a sentence."""

    name: str
    explanation: str


class RulesShape(Shape):
    """The rulebook in force."""

    version: str
    problem: str | None = Field(description="what is wrong with the files on disk, if they are not in force")
    matching: str
    rules: list[RuleShape]
    sources: dict[str, str] = Field(description="provider by source")
    numbers: dict[str, str] = Field(description="fromNumberId by number")
