"""The stop switch: a person stops everything, an account, a source, a rule or a number, and resumes it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, cast

import orjson

from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.instants import from_ms, to_ms
from gateway.ledger.records import Transition
from gateway.model import record


class Stoppable(StrEnum):
    """What can be stopped; EVERYTHING and ROLLBACK have no name, the others do."""

    EVERYTHING = "everything"
    ACCOUNT = "account"
    SOURCE = "source"
    RULE = "rule"
    NUMBER = "number"
    ROLLBACK = "rollback"  # by itself, when Redis was set back to an older state; only a person ends it


NAMELESS = frozenset({Stoppable.EVERYTHING, Stoppable.ROLLBACK})


@record
class Stop:
    """One thing that does not ring now, and by whose order."""

    what: Stoppable
    name: str  # empty for everything
    since: datetime
    until: datetime | None  # None: until somebody resumes it
    by: str
    reason: str


@record
class StopChange:
    """One order of the past."""

    at: datetime
    action: Literal["stop", "resume"]
    what: Stoppable
    name: str
    until: datetime | None
    by: str
    reason: str


class Stops:
    """Each order is one write, which every later claim and grant sees: nothing stopped is let out after it.

    Calls of what is stopped wait behind a gate, in the ledger's order, and expire by their own limit. A stop
    that was not yet answered may be ordered again: the same order twice is one.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def stop(
        self,
        what: Stoppable,
        name: str = "",
        *,
        actor: str,
        now: datetime,
        until: datetime | None = None,
        reason: str = "",
    ) -> Transition:
        """Stop it, until `until` or until it is resumed. REPEATED: it is stopped by this very order already."""
        end = 0 if until is None else to_ms(until)
        return await self._order("stop", now, _field(what, name), end, _told(actor, reason))

    async def resume(self, what: Stoppable, name: str = "", *, actor: str, now: datetime) -> Transition:
        """Let it ring again; what waited for it is due at once. REPEATED: it was not stopped."""
        return await self._order("resume", now, _field(what, name), _told(actor, ""))

    async def in_force(self, *, now: datetime) -> tuple[Stop, ...]:
        """Everything stopped now, the oldest order first."""
        with unavailable():
            stored: Mapping[bytes, bytes] = await cast(
                "Any", self._connection.redis.hgetall(self._connection.key("stops"))
            )
        stops = [_stop(what, value) for what, value in stored.items()]
        return tuple(sorted((one for one in stops if one.until is None or one.until > now), key=lambda one: one.since))

    async def history(self, *, limit: int = 100) -> tuple[StopChange, ...]:
        """The latest orders, newest first. A stop that ended by its `until` has no line of its own."""
        with unavailable():
            stored: Sequence[bytes] = await cast(
                "Any", self._connection.redis.lrange(self._connection.key("stops", "log"), -limit, -1)
            )
        return tuple(_change(line) for line in reversed(stored))

    async def _order(self, script: str, now: datetime, *arguments: str | int) -> Transition:
        answer = await self._connection.run(script, to_ms(now), *arguments)
        return Transition(answer.decode())


def _field(what: Stoppable, name: str) -> str:
    return what.value if what in NAMELESS else f"{what.value}:{name}"


def _told(actor: str, reason: str) -> str:
    return orjson.dumps({"by": actor, "reason": reason}).decode()


def _split(field: str) -> tuple[Stoppable, str]:
    what, _, name = field.partition(":")
    return Stoppable(what), name


def _until(milliseconds: int) -> datetime | None:
    return from_ms(milliseconds) if milliseconds else None


def _stop(field: bytes, value: bytes) -> Stop:
    what, name = _split(field.decode())
    until, since, told = value.split(b" ", 2)
    return Stop(what=what, name=name, since=from_ms(int(since)), until=_until(int(until)), **orjson.loads(told))


def _change(line: bytes) -> StopChange:
    data = orjson.loads(line)
    what, name = _split(data["w"])
    return StopChange(
        at=from_ms(data["t"]), action=data["a"], what=what, name=name, until=_until(data["u"]), **data["d"]
    )
