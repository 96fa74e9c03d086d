"""When Redis comes back older than what was dialled: what it forgot is told to it, and nothing rings meanwhile."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.decoding import text_list
from gateway.ledger.instants import from_ms, to_ms
from gateway.ledger.marks import Mark
from gateway.ledger.records import Hold
from gateway.model import record


@record
class GrantNote:
    """One request that the ledger let out, by its number among its worker's own."""

    number: int
    hold: Hold
    at: datetime


@record
class Quarantine:
    """What telling the ledger did. `known` is the mark as the ledger had it before."""

    known: Mark
    unknown: tuple[str, ...]  # calls that it believed unrung: UNKNOWN now
    missing: int  # named grants of calls that it does not have at all


@record
class Rollbacks:
    """All the times the ledger was set back, so far. Nobody named the calls of `forgotten - named` grants."""

    at: datetime  # calls accepted until then, and not named, are HELD instead of dialled while any is not named
    forgotten: int
    named: int


class Rollback:
    """Each worker shows its mark with every claim and grant; `quarantine` answers a ledger that knows of less."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def known(self, worker: str) -> Mark:
        """The mark of a worker's journal as the ledger has it."""
        with unavailable():
            values: Sequence[bytes | None] = await cast(
                "Any", self._connection.redis.hmget(self._connection.key("grants"), [worker, "total"])
            )
        own, total = (int(value or 0) for value in values)
        return Mark(worker=worker, own=own, total=total)

    async def quarantine(self, mark: Mark, notes: Sequence[GrantNote], *, by: str, now: datetime) -> Quarantine:
        """Stop everything until a person resumes `rollback`, and make the calls of forgotten grants UNKNOWN.

        `notes` are the grants of this worker's journal that the ledger does not count. The ledger then counts up
        to the mark, so that nothing is forgotten any more; a ledger that forgot nothing is left as it is. What had
        rung, by what else the ledger knows, stays as it is. Safe to repeat.
        """
        named = "\n".join(f"{note.hold.call_id} {note.hold.owner} {note.hold.fence} {to_ms(note.at)}" for note in notes)
        own, total, unknown, missing = await self._connection.run("quarantine", to_ms(now), str(mark), named, by)
        known = Mark(worker=mark.worker, own=int(own), total=int(total))
        return Quarantine(known=known, unknown=text_list(unknown), missing=missing)

    async def so_far(self) -> Rollbacks | None:
        """What was forgotten up to now; None if nothing ever was."""
        with unavailable():
            stored: Mapping[bytes, bytes] = await cast(
                "Any", self._connection.redis.hgetall(self._connection.key("rolled_back"))
            )
        if not stored:
            return None
        forgotten, named = int(stored[b"forgotten"]), int(stored[b"named"])
        return Rollbacks(at=from_ms(int(stored[b"at"])), forgotten=forgotten, named=named)
