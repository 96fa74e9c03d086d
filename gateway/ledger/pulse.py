"""Has anything changed that people watch? A few cheap looks a moment, however many watch."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.decoding import text_list
from gateway.ledger.instants import from_ms
from gateway.model import CallState

_NEWEST = 50
_COUNTED = (CallState.READY, CallState.HELD, CallState.UNKNOWN, CallState.PLACED)


class Pulse:
    """`beat` answers a fingerprint a topic: equal while nothing of it changed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def beat(self) -> Mapping[str, str]:
        """Topics: leads, waiting, attention, switch. Two round trips, bounded by the newest fifty events."""
        connection = self._connection
        with unavailable():
            first = connection.redis.pipeline(transaction=False)
            first.zrange(connection.key("events", "all"), 0, _NEWEST - 1, desc=True)
            first.zrange(connection.key("calls", "waiting"), 0, _NEWEST - 1, withscores=True)
            first.zrange(connection.key("calls", "state", CallState.HELD), 0, _NEWEST - 1, desc=True)
            first.zrange(connection.key("calls", "state", CallState.UNKNOWN), 0, _NEWEST - 1, desc=True)
            first.hgetall(connection.key("stops"))
            first.hgetall(connection.key("alerts"))
            for state in _COUNTED:
                first.zcard(connection.key("calls", "state", state))
            events, waiting, held, unknown, stops, alerts, *counts = await first.execute()
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
            for source in sources:
                pipeline.zrange(connection.key("events", "source", source), 0, 0, desc=True, withscores=True)
            found = await pipeline.execute()
        return {source: from_ms(int(rows[0][1])) for source, rows in zip(sources, found, strict=True) if rows}

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
