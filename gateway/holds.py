"""Held calls in bulk: what waits for a person and why, what a release would do, and releasing or cancelling many."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from gateway import guards
from gateway.contracts import Guard
from gateway.ledger import Ledger
from gateway.ledger.records import Call, CallFilter, Transition
from gateway.ledger.stops import Stop, Stoppable
from gateway.model import CallState, record
from gateway.reasons import Reason
from gateway.ringing import look_up
from gateway.rules.rulebook import Rulebook

LISTED_AT_MOST = 20_000
PREVIEWED_AT_MOST = 1_000
BATCH_AT_MOST = 200
_PAGE = 200


@record
class HoldFilter:
    """Which held calls are meant; what is None does not narrow it."""

    source: str | None = None
    rule: str | None = None
    reason: str | None = None
    before: datetime | None = None  # accepted before this
    since: datetime | None = None  # accepted then or later

    def passes(self, call: Call) -> bool:
        """Whether this held call is meant. Source and `since` are the index's business as well."""
        return (
            (self.source is None or call.source == self.source)
            and (self.rule is None or call.rule == self.rule)
            and (self.reason is None or call.reason == self.reason)
            and (self.before is None or call.created_at < self.before)
        )


@record
class HoldGroup:
    """Calls of one source and rule, held for one reason."""

    source: str
    rule: str
    reason: str
    count: int
    oldest: datetime
    expires_first: datetime


@record
class Preview:
    """What a release would do now. `ring` is paced by the usual limits; `looked_at` may be fewer than are held."""

    held: int
    looked_at: int
    ring: int
    outcomes: Mapping[str, int]  # of those that would not ring now, by reason


class BulkAction(StrEnum):
    """What is done to each."""

    RELEASE = "release"
    CANCEL = "cancel"


@record
class Batch:
    """What one bounded step did. `cursor` None: the end of the list."""

    done: tuple[str, ...]
    cursor: str | None


async def held(ledger: Ledger, where: HoldFilter) -> AsyncIterator[Call]:
    """Every held call that is meant, the newest first."""
    cursor: str | None = None
    while True:
        calls, cursor = await ledger.reads.calls(_index(where), limit=_PAGE, cursor=cursor)
        for call in calls:
            if where.passes(call):
                yield call
        if cursor is None:
            return


async def group(ledger: Ledger, where: HoldFilter) -> tuple[tuple[HoldGroup, ...], bool]:
    """Held calls by source, rule and reason, the largest group first; False when there are more than were counted."""
    found: dict[tuple[str, str, str], HoldGroup] = {}
    seen = 0
    async for call in held(ledger, where):
        if seen == LISTED_AT_MOST:
            return _largest_first(found), False
        seen += 1
        key = (call.source, call.rule, call.reason or "")
        known = found.get(key)
        found[key] = HoldGroup(
            source=call.source,
            rule=call.rule,
            reason=key[2],
            count=known.count + 1 if known else 1,
            oldest=min(known.oldest, call.created_at) if known else call.created_at,
            expires_first=min(known.expires_first, call.expires_at) if known else call.expires_at,
        )
    return _largest_first(found), True


async def preview(
    ledger: Ledger, rulebook: Rulebook, asked: Sequence[Guard], where: HoldFilter, *, now: datetime
) -> Preview:
    """What would become of each if it were released now, by the guards that a worker asks, and what is stopped."""
    stops = await ledger.stops.in_force(now=now)
    count, outcomes = 0, Counter[str]()
    async for call in held(ledger, where):
        count += 1
        if count <= PREVIEWED_AT_MOST:
            outcomes[await _outcome(ledger, rulebook, asked, stops, call, now)] += 1
    ring = outcomes.pop("", 0)
    return Preview(held=count, looked_at=min(count, PREVIEWED_AT_MOST), ring=ring, outcomes=dict(outcomes))


async def act(
    ledger: Ledger, action: BulkAction, where: HoldFilter, *, actor: str, now: datetime, limit: int, cursor: str | None
) -> Batch:
    """Release or cancel up to `limit` calls, each by its own write with the actor in its history.

    Safe to repeat: what is no longer held is passed over. Raises ValueError for a cursor that is not ours.
    """
    calls, cursor = await ledger.reads.calls(_index(where), limit=min(limit, BATCH_AT_MOST), cursor=cursor)
    order = ledger.actions.release if action is BulkAction.RELEASE else ledger.actions.cancel
    done = [call.id for call in calls if where.passes(call) and await _done(order(call.id, actor=actor, now=now))]
    return Batch(done=tuple(done), cursor=cursor)


def _index(where: HoldFilter) -> CallFilter:
    return CallFilter(state=CallState.HELD, source=where.source, since=where.since)


def _largest_first(found: Mapping[tuple[str, str, str], HoldGroup]) -> tuple[HoldGroup, ...]:
    return tuple(sorted(found.values(), key=lambda one: (-one.count, one.source, one.rule, one.reason)))


async def _done(ordered: Awaitable[Transition]) -> bool:
    return await ordered is Transition.DONE


async def _outcome(
    ledger: Ledger, rulebook: Rulebook, asked: Sequence[Guard], stops: Sequence[Stop], call: Call, now: datetime
) -> str:
    """The reason that would keep the call from ringing now; empty when it would ring."""
    if call.expires_at <= now:
        return Reason.EXPIRED.value
    if any(_stops(one, call) for one in stops):
        return Reason.STOPPED.value
    released = call.released | ({call.reason} if call.reason else set())
    known = replace(await look_up(ledger, call, rulebook), released=released)
    verdicts = guards.look(asked, known, now)
    last = verdicts[-1] if verdicts else None
    return "" if last is None or last.allow else str(last.reason or "")


def _stops(one: Stop, call: Call) -> bool:
    names = {
        Stoppable.EVERYTHING: "",
        Stoppable.ROLLBACK: "",
        Stoppable.ACCOUNT: call.account,
        Stoppable.SOURCE: call.source,
        Stoppable.RULE: call.rule,
        Stoppable.NUMBER: call.number,
    }
    return one.name == names[one.what]
