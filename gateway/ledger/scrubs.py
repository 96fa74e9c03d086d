"""When each registry was last imported or scrubbed: what says that the do-not-call list is not too old."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson

from gateway.ledger.connection import Connection
from gateway.ledger.encoding import dumps
from gateway.ledger.instants import from_ms, to_ms
from gateway.ledger.records import Transition
from gateway.model import record


@record
class ScrubMark:
    """One registry's latest mark: as of when it was, when that was said, and by whom."""

    at: datetime
    marked_at: datetime
    by: str


class Scrubs:
    """The marks, by the registries' names in the configuration."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def mark(self, name: str, *, at: datetime, by: str, now: datetime) -> Transition:
        """Mark a registry as scrubbed; REPEATED where it is marked as younger already."""
        answer = await self._connection.run("mark_scrub", to_ms(now), name, to_ms(at), dumps({"by": by}))
        return Transition(answer.decode())

    async def find(self, names: Sequence[str]) -> Mapping[str, ScrubMark]:
        """The marks of these registries, as far as there are any. Raises LedgerUnavailable."""
        if not names:
            return {}
        key = self._connection.key("do_not_call", "scrubs")
        values: list[bytes | None] = await self._connection.ask("HMGET", key, *names)
        return {name: _mark(value) for name, value in zip(names, values, strict=True) if value is not None}


def _mark(value: bytes) -> ScrubMark:
    at, marked_at, data = value.split(b" ", 2)
    return ScrubMark(at=from_ms(int(at)), marked_at=from_ms(int(marked_at)), by=orjson.loads(data)["by"])
