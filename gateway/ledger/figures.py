"""Figures of a period: exact counts from the indexes, and a bounded sample of the newest records for the rest."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

from gateway.ledger.connection import Connection
from gateway.ledger.decoding import reason_of
from gateway.ledger.instants import from_ms, to_ms
from gateway.ledger.packing import unseal
from gateway.model import CallState, EventState, record
from gateway.reasons import Reason

_CALL_FIELDS = ("state", "reason", "source", "granted_at", "rang_at", "created_at", "data")
_EVENT_FIELDS = ("state", "reason", "source", "created_at")
_AT_ONCE = 200  # records in one look: a few milliseconds of Redis's, whoever waits behind it
_SPANS_AT_ONCE = 6  # counted in one look, some milliseconds with 200 sources
_Span = tuple[datetime, datetime]
_RANG = frozenset({CallState.PLACED})
_PLACED = list(CallState).index(CallState.PLACED)


@record
class Counts:
    """Of what was accepted in a span: events and calls by the state they are in now. Exact."""

    since: datetime
    until: datetime
    events: dict[EventState, int]
    calls: dict[CallState, int]


@record
class Bar:
    """One stretch of time: calls that came in, and those of them that rang. Exact."""

    since: datetime
    until: datetime
    calls: int
    rung: int


@record
class SampledCall:
    """What figures need of a call. `seconds`: from the webhook to the request; None where none went out."""

    at: datetime
    source: str
    rule: str
    state: CallState
    reason: Reason | None
    seconds: float | None


@record
class SampledEvent:
    """What figures need of an event that came to no call."""

    at: datetime
    source: str
    state: EventState
    reason: Reason | None


class Figures:
    """Reads by index: the work does not grow with the ledger."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def counts(self, since: datetime, until: datetime) -> Counts:
        """How many are in each state."""
        span = [(since, until)]
        (events,), (calls,) = await asyncio.gather(
            self._counted("events", EventState, span), self._counted("calls", CallState, span)
        )
        return Counts(
            since=since,
            until=until,
            events=dict(zip(EventState, events, strict=True)),
            calls=dict(zip(CallState, calls, strict=True)),
        )

    async def bars(self, edges: Sequence[datetime]) -> list[Bar]:
        """Calls between each edge and the next."""
        spans = list(pairwise(edges))
        found: list[list[int]] = []
        for first in range(0, len(spans), _SPANS_AT_ONCE):  # others' turns come in between
            found += await self._counted("calls", CallState, spans[first : first + _SPANS_AT_ONCE])
        return [
            Bar(since=since, until=until, calls=sum(counts), rung=counts[_PLACED])
            for (since, until), counts in zip(spans, found, strict=True)
        ]

    async def calls(self, since: datetime, until: datetime, *, limit: int) -> list[SampledCall]:
        """The newest of the span, at most `limit`."""
        rows = await self._newest("calls", CallState, _CALL_FIELDS, since, until, limit)
        return [_call(row) for row in rows if row[0] is not None]

    async def events(self, state: EventState, since: datetime, until: datetime, *, limit: int) -> list[SampledEvent]:
        """The newest of the span in a state, at most `limit`."""
        rows = await self._newest("events", (state,), _EVENT_FIELDS, since, until, limit)
        return [_event(row) for row in rows if row[0] is not None]

    async def _counted(self, kind: str, states: Iterable[str], spans: Sequence[_Span]) -> list[list[int]]:
        names = list(states)
        scores = (score for since, until in spans for score in (to_ms(since), f"({to_ms(until)}"))
        counts = await self._connection.run("count_in", 0, kind, " ".join(names), *scores)
        return [list(counts[at : at + len(names)]) for at in range(0, len(counts), len(names))]

    async def _newest(
        self, kind: str, states: Iterable[str], fields: Sequence[str], since: datetime, until: datetime, limit: int
    ) -> list[list[bytes | None]]:
        asked, width = (kind, " ".join(states), ""), len(fields) + 2
        place: tuple[str | bytes, str | bytes] = (f"({to_ms(until)}", "")
        rows: list[list[bytes | None]] = []
        while len(rows) < limit:
            count = min(_AT_ONCE, limit - len(rows))
            flat = await self._connection.run(
                "newest", to_ms(until), *asked, *place, to_ms(since), count, " ".join(fields)
            )
            rows += [flat[at + 2 : at + width] for at in range(0, len(flat), width)]
            if len(flat) < count * width:
                break
            place = (flat[-width + 1], flat[-width])
        return rows


def _call(row: Sequence[bytes | None]) -> SampledCall:
    state, reason, source, granted_at, rang_at, created_at, data = (value or b"" for value in row)
    plan = unseal(data)
    granted_at = granted_at or rang_at
    rang = CallState(state.decode()) in _RANG and granted_at
    return SampledCall(
        at=from_ms(int(created_at)),
        source=source.decode(),
        rule=plan["rule"],
        state=CallState(state.decode()),
        reason=reason_of(reason.decode()),
        seconds=(int(granted_at) - plan["received"]) / 1000 if rang else None,
    )


def _event(row: Sequence[bytes | None]) -> SampledEvent:
    state, reason, source, created_at = (value or b"" for value in row)
    return SampledEvent(
        at=from_ms(int(created_at)),
        source=source.decode(),
        state=EventState(state.decode()),
        reason=reason_of(reason.decode()),
    )
