"""Figures of a period: exact counts from the indexes, and a bounded sample of the newest records for the rest."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.decoding import reason_of
from gateway.ledger.instants import from_ms, to_ms
from gateway.ledger.packing import unseal
from gateway.model import CallState, EventState, record
from gateway.reasons import Reason

_CALL_FIELDS = ("state", "reason", "source", "granted_at", "created_at", "data")
_EVENT_FIELDS = ("state", "reason", "source", "created_at")
_AT_ONCE = 500  # records in one look: three milliseconds of Redis's, whoever waits behind it
_RANG = frozenset({CallState.PLACED})


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
        events = [("events", f"state:{state}") for state in EventState]
        calls = [("calls", f"state:{state}") for state in CallState]
        found = await self._counted([(self._connection.key(*index), since, until) for index in (*events, *calls)])
        return Counts(
            since=since,
            until=until,
            events=dict(zip(EventState, found, strict=False)),
            calls=dict(zip(CallState, found[len(events) :], strict=True)),
        )

    async def bars(self, edges: Sequence[datetime]) -> list[Bar]:
        """Calls between each edge and the next."""
        spans = list(pairwise(edges))
        every, rung = self._connection.key("calls", "all"), self._connection.key("calls", f"state:{CallState.PLACED}")
        found = await self._counted([(key, *span) for span in spans for key in (every, rung)])
        return [
            Bar(since=since, until=until, calls=calls, rung=placed)
            for (since, until), calls, placed in zip(spans, found[::2], found[1::2], strict=True)
        ]

    async def calls(self, since: datetime, until: datetime, *, limit: int) -> list[SampledCall]:
        """The newest of the span, at most `limit`."""
        rows = await self._newest("calls:all", "call", _CALL_FIELDS, since, until, limit)
        return [_call(row) for row in rows if row[0] is not None]

    async def events(self, state: EventState, since: datetime, until: datetime, *, limit: int) -> list[SampledEvent]:
        """The newest of the span in a state, at most `limit`."""
        rows = await self._newest(f"events:state:{state}", "event", _EVENT_FIELDS, since, until, limit)
        return [_event(row) for row in rows if row[0] is not None]

    async def _counted(self, asked: Sequence[tuple[str, datetime, datetime | None]]) -> list[int]:
        with unavailable():
            pipeline = self._connection.redis.pipeline(transaction=False)
            for key, since, until in asked:
                pipeline.zcount(key, to_ms(since), "+inf" if until is None else f"({to_ms(until)}")
            return [int(count) for count in await pipeline.execute()]

    async def _newest(
        self, index: str, kind: str, fields: Sequence[str], since: datetime, until: datetime, limit: int
    ) -> list[list[bytes | None]]:
        key = self._connection.key(index)
        later, meant = await self._counted([(key, until, None), (key, since, until)])
        wanted = min(limit, meant)
        looks = (
            self._connection.run(
                "newest", to_ms(until), index, kind, later + start, min(_AT_ONCE, wanted - start), " ".join(fields)
            )
            for start in range(0, wanted, _AT_ONCE)
        )
        width = len(fields) + 1
        rows: dict[bytes | None, list[bytes | None]] = {}  # by id: what comes in meanwhile moves a place on
        for flat in await asyncio.gather(*looks):
            rows |= {flat[at]: flat[at + 1 : at + width] for at in range(0, len(flat), width)}
        return list(rows.values())


def _call(row: Sequence[bytes | None]) -> SampledCall:
    state, reason, source, granted_at, created_at, data = (value or b"" for value in row)
    plan = unseal(data)
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
