"""Reads for people and programs: by index, never by scanning keys."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from gateway.ids import may_be_id
from gateway.ledger import pages
from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.decoding import call_of, delivery_of, event_of, text_list
from gateway.ledger.encoding import found_name
from gateway.ledger.histories import history_of, timeline_of
from gateway.ledger.instants import from_ms
from gateway.ledger.records import Call, CallFilter, DeliveryRecord, EventFilter, EventRecord, TimelineEntry
from gateway.model import CallState


class Reads:
    """Lists are newest first, `cursor` is opaque and None at the end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def call(self, call_id: str) -> Call | None:
        """One call."""
        if not may_be_id(call_id):
            return None
        found = await self._calls([call_id])
        return found[0]

    async def calls_by_id(self, ids: Sequence[str]) -> Mapping[str, Call]:
        """Several calls at once, by id, without those that joined them; an unknown id is left out."""
        known = [call_id for call_id in dict.fromkeys(ids) if may_be_id(call_id)]
        found = await self._call_heads(known) if known else []
        return {call.id: call for call in found if call is not None}

    async def timeline(self, call_id: str) -> tuple[TimelineEntry, ...]:
        """A call's history, oldest first."""
        key = self._connection.key("call", call_id)
        with unavailable():
            pipeline = self._connection.redis.pipeline(transaction=False)
            pipeline.lrange(f"{key}:log", 0, -1)
            pipeline.hmget(key, ["log", "created_at"])
            earlier, (log, created_at) = await pipeline.execute()
        return _timeline(call_id, earlier, {b"log": log or b"", b"created_at": created_at or b""})

    async def calls(
        self, where: CallFilter, *, limit: int = 50, cursor: str | None = None, whole: bool = True
    ) -> tuple[tuple[Call, ...], str | None]:
        """Calls that pass the filter. Raises ValueError for a cursor that is not ours.

        Not `whole`: without those that joined them.
        One page looks at a bounded number of records: it may hold fewer than `limit`, even none, and still
        have a cursor.
        """
        with unavailable():
            return await pages.page(
                pages.calls_along(self._connection, where),
                read=self._calls if whole else self._call_heads,
                passes=lambda call: pages.call_passes(call, where),
                since=where.since,
                limit=limit,
                cursor=cursor,
            )

    async def event(self, event_id: str) -> EventRecord | None:
        """One event with its timeline."""
        if not may_be_id(event_id):
            return None
        found = await self._events([event_id])
        return found[0]

    async def heads(self, ids: Sequence[str]) -> tuple[EventRecord, ...]:
        """Several events at once, without payload, fetched record and timeline; an unknown id is left out."""
        known = [event_id for event_id in dict.fromkeys(ids) if may_be_id(event_id)]
        return tuple(event for event in await self._event_heads(known) if event is not None)

    async def events(
        self, where: EventFilter, *, limit: int = 50, cursor: str | None = None, whole: bool = True
    ) -> tuple[tuple[EventRecord, ...], str | None]:
        """Events that pass the filter, with their timelines. Raises ValueError for a cursor that is not ours.

        Not `whole`: without payload, fetched record and timeline, for lists that show none of them.
        """
        with unavailable():
            return await pages.page(
                pages.events_along(self._connection, where),
                read=self._events if whole else self._event_heads,
                passes=lambda event: pages.event_passes(event, where),
                since=where.since,
                limit=limit,
                cursor=cursor,
            )

    async def delivery(self, delivery_id: str) -> DeliveryRecord | None:
        """One delivery."""
        if not may_be_id(delivery_id):
            return None
        key = self._connection.key("delivery", delivery_id)
        with unavailable():
            pipeline = self._connection.redis.pipeline(transaction=False)
            pipeline.hgetall(key)
            pipeline.hget(f"{key}:blobs", "body")
            fields, body = await pipeline.execute()
        return delivery_of(delivery_id, fields, body) if fields else None

    async def counts(self) -> dict[CallState, int]:
        """Calls by state, from the indexes: cheap, for metrics."""
        counts = await self._connection.run("count_in", 0, "calls", " ".join(CallState), "-inf", "+inf")
        return dict(zip(CallState, counts, strict=True))

    async def longest_due(self, *, now: datetime) -> timedelta | None:
        """How long the call that is last in line has been due; None when none is. Two cheap looks, for readiness."""
        with unavailable():
            pipeline = self._connection.redis.pipeline(transaction=False)
            pipeline.zrange(self._connection.key("calls", "due"), 0, 0)
            pipeline.zrange(self._connection.key("calls", "waiting"), 0, 0)
            due, waiting = await pipeline.execute()
            for call_id in text_list([*due, *waiting]):
                pipeline.hmget(self._connection.key("call", call_id), ["not_before", "updated_at", "created_at"])
            rows = await pipeline.execute()
        calls = [(from_ms(int(due)), from_ms(int(moved or made))) for due, moved, made in rows if due]
        return max((now - max(due, moved) for due, moved in calls if due <= now), default=None)

    async def _calls(self, ids: Sequence[str]) -> list[Call | None]:
        with unavailable():
            pipeline = self._connection.redis.pipeline(transaction=False)
            for call_id in ids:
                pipeline.hgetall(self._connection.key("call", call_id))
                pipeline.zrange(self._connection.key("call", call_id, "joined"), 0, -1)
            answers = await pipeline.execute()
        return [
            call_of(call_id, fields, text_list(joined)) if fields else None
            for call_id, fields, joined in zip(ids, answers[::2], answers[1::2], strict=True)
        ]

    async def _call_heads(self, ids: Sequence[str]) -> list[Call | None]:
        with unavailable():
            pipeline = self._connection.redis.pipeline(transaction=False)
            for call_id in ids:
                pipeline.hgetall(self._connection.key("call", call_id))
            answers = await pipeline.execute()
        return [call_of(call_id, fields) if fields else None for call_id, fields in zip(ids, answers, strict=True)]

    async def _event_heads(self, ids: Sequence[str]) -> list[EventRecord | None]:
        with unavailable():
            pipeline = self._connection.redis.pipeline(transaction=False)
            for event_id in ids:
                pipeline.hgetall(self._connection.key("event", event_id))
            records = await pipeline.execute()
        return [
            event_of(event_id, fields, None) if fields else None for event_id, fields in zip(ids, records, strict=True)
        ]

    async def _events(self, ids: Sequence[str]) -> list[EventRecord | None]:
        with unavailable():
            pipeline = self._connection.redis.pipeline(transaction=False)
            for event_id in ids:
                pipeline.hgetall(self._connection.key("event", event_id))
                pipeline.lrange(self._connection.key("event", event_id, "log"), 0, -1)
            answers = await pipeline.execute()
            records, logs = answers[::2], answers[1::2]
            for event_id, fields in zip(ids, records, strict=True):
                delivery = fields.get(b"delivery", b"").decode()
                pipeline.hmget(self._connection.key("delivery", delivery, "blobs"), [event_id, found_name(event_id)])
            blobs = await pipeline.execute()
        return [
            event_of(event_id, fields, payload, _timeline(event_id, earlier, fields), found) if fields else None
            for event_id, fields, (payload, found), earlier in zip(ids, records, blobs, logs, strict=True)
        ]


def _timeline(of: str, earlier: Sequence[bytes], fields: Mapping[bytes, bytes]) -> tuple[TimelineEntry, ...]:
    return timeline_of(history_of(earlier, fields), int(fields.get(b"created_at") or 0), of)
