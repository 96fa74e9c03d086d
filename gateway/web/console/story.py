"""A lead's story: one line for each step from the raw delivery to its outcome, with the time since the webhook."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime

from gateway.ledger.notices import Notice, NoticeState
from gateway.ledger.records import Call, DeliveryRecord, EventRecord, TimelineEntry
from gateway.model import CallState, EventState, record
from gateway.reasons import Reason
from gateway.web.console.leads import MARKS, Mark
from gateway.web.masking import mask_text

_RECEIVED = Mark(label="Received", tone="quiet", icon="check")
_REPEATED = Mark(label="Repeated", tone="quiet", icon="link")
_TOLD: Mapping[NoticeState, Mark] = {
    NoticeState.WAITING: Mark(label="To be told", tone="wait", icon="clock"),
    NoticeState.DELIVERED: Mark(label="Told", tone="quiet", icon="check"),
    NoticeState.FAILED: Mark(label="Not told", tone="bad", icon="cross"),
}
_TITLES: Mapping[str, str] = {
    EventState.RECEIVED: "To be decided, once its record is fetched",
    EventState.MATCHED: "A rule wants a call",
    EventState.IGNORED: "No call",
    EventState.FAILED: "Could not be decided",
    CallState.HELD: "A person must decide",
    CallState.CLAIMED: "A worker looks at it",
    CallState.DIALING: "Request to the call API",
    CallState.PLACED: "The phone rings",
    CallState.REJECTED: "Refused by the call API",
    CallState.UNKNOWN: "It may have rung: nobody can know",
    CallState.SKIPPED: "Not called",
    CallState.EXPIRED: "Too old to ring",
    CallState.CANCELLED: "Cancelled",
    CallState.JOINED: "Joined another call to the same person",
    CallState.CLOSED: "Closed",
}


@record
class Step:
    """One line. `after` and `took` are seconds: since the webhook came in, and until an attempt was answered."""

    at: datetime
    after: float
    mark: Mark
    title: str
    call: str = ""  # which call it is of; empty: the event's
    reason: Reason | None = None
    by: str = ""
    detail: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    took: float | None = None


@record
class Attempt:
    """One request to the call API. `after`: seconds from the webhook to the dial; `took`: until the answer."""

    number: int
    at: datetime
    after: float
    took: float | None
    mark: Mark
    status: str
    reason: Reason | None
    detail: str


def steps_of(
    event: EventRecord | None,
    delivery: DeliveryRecord | None,
    histories: Mapping[str, Sequence[TimelineEntry]],
    notices: Sequence[Notice],
    *,
    received_at: datetime,
) -> list[Step]:
    """Everything that happened, oldest first. `histories`: of each call, by its id."""
    found: list[Step] = [_received(delivery)] if delivery is not None else []
    if event is not None:
        found += [_of_event(entry, received_at) for entry in event.timeline]
    for call_id, history in histories.items():
        found += _of_call(call_id, history, received_at)
    found += [_of_notice(notice, received_at) for notice in notices]
    return sorted(found, key=lambda step: step.at)


def attempts_of(call: Call, history: Sequence[TimelineEntry]) -> list[Attempt]:
    """Every request that was let out for a call, with its answer; the last may still be under way."""
    found: list[Attempt] = []
    for place, entry in enumerate(history):
        if entry.state == CallState.DIALING:
            answer = history[place + 1] if place + 1 < len(history) else None
            found.append(_attempt(len(found) + 1, entry, answer, call.received_at))
    return found


def _attempt(number: int, sent: TimelineEntry, answer: TimelineEntry | None, received_at: datetime) -> Attempt:
    return Attempt(
        number=number,
        at=sent.at,
        after=_seconds(received_at, sent.at),
        took=None if answer is None else _seconds(sent.at, answer.at),
        mark=MARKS[CallState.DIALING] if answer is None else _answered(answer),
        status="" if answer is None else answer.facts.get("status", ""),
        reason=None if answer is None else answer.reason,
        detail="" if answer is None else mask_text(answer.detail),
    )


def _answered(answer: TimelineEntry) -> Mark:
    if answer.state == CallState.READY:
        return Mark(label="Not sent", tone="wait", icon="clock")
    return MARKS[answer.state]


def _received(delivery: DeliveryRecord) -> Step:
    return Step(at=delivery.received_at, after=0.0, mark=_RECEIVED, title=f"Webhook from {delivery.source}")


def _of_event(entry: TimelineEntry, received_at: datetime) -> Step:
    if entry.state == "DUPLICATE":
        title = "The sender sent it again; it counts once"
        return replace(_step(entry, received_at, _REPEATED, title), facts={})
    return _step(entry, received_at, MARKS[entry.state], _TITLES[entry.state])


def _of_call(call_id: str, history: Sequence[TimelineEntry], received_at: datetime) -> Iterable[Step]:
    """A call's lines. That a worker took it up is told by what came of it, unless nothing has yet."""
    for place, entry in enumerate(history):
        following = history[place + 1] if place + 1 < len(history) else None
        if entry.state == CallState.CLAIMED and following is not None:
            continue
        step = _step(entry, received_at, MARKS[entry.state], _title(entry))
        sent = entry.state == CallState.DIALING and following is not None
        took = _seconds(entry.at, following.at) if sent and following is not None else None
        yield replace(step, call=call_id, took=took)


def _title(entry: TimelineEntry) -> str:
    if entry.state != CallState.READY:
        return _TITLES[entry.state]
    return "Waits" if entry.reason is not None else "Ready to ring"


def _of_notice(notice: Notice, received_at: datetime) -> Step:
    at = notice.finished_at or notice.said_at or notice.at
    return Step(
        at=at,
        after=_seconds(received_at, at),
        mark=_TOLD[notice.state],
        title=f"{notice.endpoint}: {MARKS[notice.call_state].label}",
        call=notice.call_id,
        detail=mask_text(notice.said),
        facts={"tries": str(notice.tries)},
    )


def _step(entry: TimelineEntry, received_at: datetime, mark: Mark, title: str) -> Step:
    return Step(
        at=entry.at,
        after=_seconds(received_at, entry.at),
        mark=mark,
        title=title,
        reason=entry.reason,
        by=mask_text(entry.by),
        detail=mask_text(entry.detail),
        facts=entry.facts,
    )


def _seconds(since: datetime, at: datetime) -> float:
    return max(0.0, (at - since).total_seconds())
