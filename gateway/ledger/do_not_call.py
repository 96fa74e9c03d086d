"""The do-not-call list: who is on it, since when and by whom, and every change of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import orjson
from redis.exceptions import ResponseError

from gateway.errors import LedgerUnavailable
from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.decoding import text_list
from gateway.ledger.encoding import dumps, subject_fields, subject_key
from gateway.ledger.histories import timeline_of
from gateway.ledger.instants import from_ms, to_ms
from gateway.ledger.records import TimelineEntry
from gateway.model import record
from gateway.subjects import Subject


@record
class Listed:
    """One entry of the list."""

    subject: Subject
    at: datetime
    by: str
    source: str  # `api`, `import`, or the webhook source whose opt-out it was
    note: str


class DoNotCall:
    """What is listed is never dialled: every grant looks, in the write that would let a request out."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(
        self, subjects: Sequence[Subject], *, by: str, source: str, now: datetime, note: str = ""
    ) -> tuple[bool, ...]:
        """List them, in one write; for each whether it was new. One that is listed stays as it was."""
        return await self._change("enlist", subjects, by, note, source, now)

    async def remove(
        self, subjects: Sequence[Subject], *, by: str, source: str, now: datetime, note: str = ""
    ) -> tuple[bool, ...]:
        """Take them off the list; for each whether it was on it. Their history stays."""
        return await self._change("unlist", subjects, by, note, source, now)

    async def find(self, subjects: Sequence[Subject]) -> tuple[Listed, ...]:
        """Those of them that are listed. Raises LedgerUnavailable when the list cannot be read."""
        if not subjects:
            return ()
        keys = [subject_key(subject) for subject in subjects]
        try:
            found: list[Any] = await self._connection.ask("HMGET", self._connection.key("do_not_call"), *keys)
        except ResponseError as error:
            raise LedgerUnavailable(f"the do-not-call list cannot be read: {error}") from error
        return tuple(_listed(value) for value in found if value is not None)

    async def page(self, *, limit: int = 100, cursor: str | None = None) -> tuple[tuple[Listed, ...], str | None]:
        """Entries, newest first. Raises ValueError for a cursor that is not ours, or whose entry is gone."""
        redis, every = self._connection.redis, self._connection.key("do_not_call", "all")
        with unavailable():
            start = 0
            if cursor is not None:
                rank = await cast("Any", redis.zrevrank(every, cursor))
                if rank is None:
                    raise ValueError("no such cursor")
                start = int(rank) + 1
            keys: list[bytes] = await cast("Any", redis.zrevrange(every, start, start + limit - 1))
            values: list[Any] = await redis.hmget(self._connection.key("do_not_call"), keys) if keys else []
        listed = tuple(_listed(value) for value in values if value is not None)
        return listed, keys[-1].decode() if len(keys) == limit else None

    async def count(self) -> int:
        """How many entries there are."""
        with unavailable():
            return int(await cast("Any", self._connection.redis.hlen(self._connection.key("do_not_call"))))

    async def history(self, subject: Subject) -> tuple[TimelineEntry, ...]:
        """What was done to one, oldest first: LISTED and REMOVED, by whom."""
        key = self._connection.key("do_not_call", subject_key(subject), "log")
        with unavailable():
            return timeline_of(await cast("Any", self._connection.redis.lrange(key, 0, -1)))

    async def calls_known_by(self, subject: Subject) -> tuple[str, ...]:
        """Ids of the calls that are known by it, newest first: its latest 200, for 30 days after they were to ring."""
        key = self._connection.key("subject", subject_key(subject), "calls")
        with unavailable():
            return text_list(await cast("Any", self._connection.redis.zrevrange(key, 0, -1)))

    async def _change(
        self, script: str, subjects: Sequence[Subject], by: str, note: str, source: str, now: datetime
    ) -> tuple[bool, ...]:
        fields = dumps([subject_fields(subject) for subject in subjects])
        answers = await self._connection.run(script, to_ms(now), fields, by, note, source)
        return tuple(answer == 1 for answer in answers)


def _listed(value: bytes) -> Listed:
    data = orjson.loads(value)
    return Listed(
        subject=Subject(kind=data["kind"], value=data["value"]),
        at=from_ms(int(data["at"])),
        by=data["by"],
        source=data["source"],
        note=data["note"],
    )
