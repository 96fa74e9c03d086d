"""How the call API takes calls from each number: which it refused, and how long those rest."""

from datetime import datetime
from typing import Any, cast

from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.instants import from_ms
from gateway.model import record

_REFUSALS_TO_REST = 3  # as in lua/shared/2_numbers.lua


@record
class NumberHealth:
    """A number that the call API refused; one it takes has none."""

    number: str
    refusals: int  # in a row
    since: datetime  # the first of them
    resting_until: datetime | None  # None: it may be tried now
    said: str  # what the call API said last

    @property
    def ailing(self) -> bool:
        """Whether it was refused often enough to be left alone, or to be tried by one call at a time."""
        return self.refusals >= _REFUSALS_TO_REST


class Numbers:
    """Reads only: the grant and the outcome write, each in the script that moves the call."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def refused(self, *, now: datetime) -> tuple[NumberHealth, ...]:
        """Every number whose last call was refused for the number's sake, by name."""
        with unavailable():
            stored = await cast("Any", self._connection.redis.hgetall(self._connection.key("numbers")))
        return tuple(_health(name.decode(), value.decode(), now) for name, value in sorted(stored.items()))


def _health(name: str, value: str, now: datetime) -> NumberHealth:
    refusals, until, since, trial, said = value.split(" ", 4)
    left_alone_until = max(int(until), int(trial))
    resting_until = from_ms(left_alone_until) if left_alone_until else None
    return NumberHealth(
        number=name,
        refusals=int(refusals),
        since=from_ms(int(since)),
        resting_until=resting_until if resting_until and resting_until > now else None,
        said=said,
    )
