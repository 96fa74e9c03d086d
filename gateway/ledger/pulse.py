"""Has anything changed that people watch? A few cheap looks a moment, however many watch."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import product
from typing import Any

from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.decoding import text_list
from gateway.ledger.instants import from_ms
from gateway.model import CallState, EventState

_NEWEST = 50
_COUNTED = (CallState.READY, CallState.HELD, CallState.UNKNOWN, CallState.PLACED)


class Pulse:
    """`beat` answers a fingerprint a topic: equal while nothing of it changed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def beat(self) -> Mapping[str, str]:
        """Topics: leads, waiting, attention, switch. Two round trips, bounded by the newest fifty events."""
        events, held, unknown, counts, others = await asyncio.gather(
            self._newest("events", *EventState),
            self._newest("calls", CallState.HELD),
            self._newest("calls", CallState.UNKNOWN),
            self._connection.run("count_in", 0, "calls", " ".join(_COUNTED), "-inf", "+inf"),
            self._others(),
        )
        waiting, stops, alerts = others
        with unavailable():
            records = await self._events(text_list(events))
            calls = await self._calls(records)
        return {
            "leads": _print(events, records, calls),
            "waiting": _print(waiting, held, counts),
            "attention": _print(held, unknown, sorted(alerts.items())),
            "switch": _print(sorted(stops.items())),
        }

    async def newest(self, sources: Sequence[str]) -> Mapping[str, datetime]:
        """When each source's newest event came in; a source without one is left out. One round trip."""
        connection = self._connection
        with unavailable():
            pipeline = connection.redis.pipeline(transaction=False)
            for source, state in product(sources, EventState):
                pipeline.zrange(connection.key("events", "in", state, source), 0, 0, desc=True, withscores=True)
            found = await pipeline.execute()
        latest = (
            (source, int(rows[0][1]))
            for (source, _), rows in zip(product(sources, EventState), found, strict=True)
            if rows
        )
        newest: dict[str, int] = {}
        for source, at in latest:
            newest[source] = max(at, newest.get(source, at))
        return {source: from_ms(at) for source, at in newest.items()}

    async def _newest(self, kind: str, *states: str) -> list[bytes]:
        places: list[bytes] = await self._connection.run(
            "newest", 0, kind, " ".join(states), "", "+inf", "", "-inf", _NEWEST, ""
        )
        return places[::2]

    async def _others(self) -> list[Any]:
        connection = self._connection
        with unavailable():
            pipeline = connection.redis.pipeline(transaction=False)
            pipeline.zrange(connection.key("calls", "waiting"), 0, _NEWEST - 1, withscores=True)
            pipeline.hgetall(connection.key("stops"))
            pipeline.hgetall(connection.key("alerts"))
            return await pipeline.execute()

    async def _events(self, ids: Sequence[str]) -> list[Any]:
        pipeline = self._connection.redis.pipeline(transaction=False)
        for event_id in ids:
            pipeline.hmget(self._connection.key("event", event_id), ["state", "calls", "duplicates"])
        return await pipeline.execute()

    async def _calls(self, records: Sequence[Any]) -> list[Any]:
        pipeline = self._connection.redis.pipeline(transaction=False)
        for _, calls, _ in records:
            for call_id in (calls or b"").decode().split()[:_NEWEST]:
                pipeline.hmget(self._connection.key("call", call_id), ["state", "reason", "not_before", "attempts"])
        return await pipeline.execute()


def _print(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
