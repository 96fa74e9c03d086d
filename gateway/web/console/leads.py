"""What happened to a lead, as one line that a person reads: events with their calls, states as words and tones."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from gateway.ledger.records import Call, EventRecord
from gateway.model import CallState, ContactFields, EventState, record
from gateway.phones import mask_phone
from gateway.reasons import Reason
from gateway.web.masking import mask_text


@record
class Mark:
    """How a state is shown: never by colour alone. `tone`: good, live, wait, alarm, bad or quiet."""

    label: str
    tone: str
    icon: str


MARKS: Mapping[str, Mark] = {
    CallState.READY: Mark(label="Waiting", tone="wait", icon="clock"),
    CallState.HELD: Mark(label="Held", tone="alarm", icon="pause"),
    CallState.CLAIMED: Mark(label="Looking", tone="live", icon="dots"),
    CallState.DIALING: Mark(label="Dialling", tone="live", icon="phone"),
    CallState.PLACED: Mark(label="Rung", tone="good", icon="check"),
    CallState.REJECTED: Mark(label="Refused", tone="bad", icon="cross"),
    CallState.UNKNOWN: Mark(label="Unknown", tone="alarm", icon="question"),
    CallState.SKIPPED: Mark(label="Not called", tone="quiet", icon="minus"),
    CallState.EXPIRED: Mark(label="Expired", tone="bad", icon="clock"),
    CallState.CANCELLED: Mark(label="Cancelled", tone="quiet", icon="cross"),
    CallState.JOINED: Mark(label="Joined", tone="quiet", icon="link"),
    CallState.CLOSED: Mark(label="Closed", tone="quiet", icon="minus"),
    EventState.RECEIVED: Mark(label="Received", tone="live", icon="dots"),
    EventState.MATCHED: Mark(label="Matched", tone="quiet", icon="check"),
    EventState.IGNORED: Mark(label="No call", tone="quiet", icon="minus"),
    EventState.FAILED: Mark(label="Failed", tone="bad", icon="cross"),
}


@record
class Lead:
    """One line of the feed: a call, or an event that has none."""

    event_id: str
    call_id: str  # empty: no call
    at: datetime
    source: str
    who: str
    rule: str
    number: str
    state: str
    seconds: float | None  # from the webhook to the request that rang
    waits_until: datetime | None
    reason: Reason | None
    detail: str
    duplicates: int

    @property
    def mark(self) -> Mark:
        """How its state is shown."""
        return MARKS[self.state]

    @property
    def revealable(self) -> bool:
        """Whether there is a masked number to reveal."""
        return "•" in self.who


def leads_of(events: Sequence[EventRecord], calls: Mapping[str, Call]) -> list[Lead]:
    """A line for each call of each event, and one for each event without a call; in the events' order."""
    lines: list[Lead] = []
    for event in events:
        made = [calls[call_id] for call_id in event.call_ids if call_id in calls]
        lines += [lead_of_call(call, duplicates=event.duplicates) for call in made] or [_without_call(event)]
    return lines


def lead_of_call(call: Call, *, duplicates: int = 0) -> Lead:
    """A call as a line."""
    rung = call.granted_at if call.state in {CallState.PLACED, CallState.UNKNOWN, CallState.REJECTED} else None
    waits = call.state is CallState.READY and call.not_before > call.created_at + timedelta(seconds=1)
    return Lead(
        event_id=call.event_id,
        call_id=call.id,
        at=call.received_at,
        source=call.source,
        who=who_of_call(call),
        rule=call.rule,
        number=call.number,
        state=call.state,
        seconds=(rung - call.received_at).total_seconds() if rung is not None else None,
        waits_until=call.not_before if waits else None,
        reason=None if call.state is CallState.PLACED else call.reason,
        detail=mask_text(call.detail),
        duplicates=duplicates,
    )


def who_of_call(call: Call) -> str:
    """Whom a call rings, masked."""
    if isinstance(call.contact, ContactFields):
        return mask_phone(call.contact.phone)
    return f"contact {call.contact_id}" if call.contact_id else "—"


def _without_call(event: EventRecord) -> Lead:
    phone = event.event.person.phone
    return Lead(
        event_id=event.id,
        call_id="",
        at=event.received_at,
        source=event.source,
        who=mask_phone(phone) if phone else "—",
        rule="",
        number="",
        state=event.state,
        seconds=None,
        waits_until=None,
        reason=event.reason,
        detail=mask_text(event.error or ""),
        duplicates=event.duplicates,
    )
