"""What the ledger knows of a source's bursts, and a person's word that one is meant."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import orjson

from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.instants import from_ms, to_ms
from gateway.ledger.records import Transition
from gateway.model import record


@record
class BurstState:
    """How a source's newest calls are treated. `held` were held since `since`."""

    source: str
    since: datetime | None  # None: new calls are not held for a burst
    bound: int  # new calls in an hour that it broke; 0 while there is none
    held: int
    passes_until: datetime | None  # until when a person lets everything pass


class Bursts:
    """The counting itself is done as calls are accepted (lua/shared/2_bursts.lua)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def lift(self, source: str, *, until: datetime, now: datetime) -> Transition:
        """A burst is meant: new calls pass until then, and are counted as ordinary from tomorrow on.

        Calls already held stay so until they are released. REPEATED: it was lifted so before.
        """
        answer = await self._connection.run("lift_burst", to_ms(now), source, to_ms(until))
        return Transition(answer.decode())

    async def states(self, sources: Sequence[str], *, now: datetime) -> tuple[BurstState, ...]:
        """Those of these sources that hold new calls for a burst, or are let pass."""
        connection = self._connection
        if not sources:
            return ()
        with unavailable():
            keys = [connection.key("burst", source) for source in sources]
            stored: Sequence[bytes | None] = await cast("Any", connection.redis.mget(keys))
        found = [_state(source, orjson.loads(text)) for source, text in zip(sources, stored, strict=True) if text]
        return tuple(one for one in found if one.since is not None or (one.passes_until and one.passes_until > now))


def _state(source: str, stored: dict[str, Any]) -> BurstState:
    on = stored["on"] > 0
    return BurstState(
        source=source,
        since=from_ms(int(stored["on"])) if on else None,
        bound=int(stored["bound"]) if on else 0,
        held=int(stored["held"]),
        passes_until=from_ms(int(stored["free"])) if stored["free"] else None,
    )
