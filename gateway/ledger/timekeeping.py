"""This machine's clock against Redis's: leases, hours, windows and ends mean nothing by a clock that is wrong."""

import socket
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from gateway.alerts import AlertKind
from gateway.ledger.alerts import Alerts
from gateway.ledger.connection import Connection
from gateway.model import record

TOLERANCE = timedelta(seconds=1)
_LOOK_SECONDS = 1.0
_TELL_SECONDS = 10.0

log = structlog.stdlib.get_logger("dialgate.clock")


@record
class Reading:
    """How far our clock is ahead of Redis's (behind: negative), and what Redis's says."""

    ahead: timedelta
    redis_now: datetime

    @property
    def wrong(self) -> bool:
        """Whether by this clock nothing must be judged."""
        return too_far(self.ahead)


def skew(*, before: datetime, redis_now: datetime, after: datetime) -> timedelta:
    """How far our clock is from Redis's; `before` and `after` are our readings around Redis's own.

    Ahead of Redis is positive. The time the answer took cannot look like a difference: anything between the
    two readings is zero.
    """
    if redis_now < before:
        return before - redis_now
    if redis_now > after:
        return after - redis_now
    return timedelta(0)


def too_far(difference: timedelta) -> bool:
    """Whether a clock this far off must not decide when a phone rings."""
    return abs(difference) > TOLERANCE


async def read_clocks(connection: Connection, now: Callable[[], datetime]) -> Reading:
    """One look at both. Raises LedgerUnavailable."""
    before = now()
    redis_now = await connection.clock()
    return Reading(ahead=skew(before=before, redis_now=redis_now, after=now()), redis_now=redis_now)


class Timekeeper:
    """What one part (`work`, `enrich`, …) knows of its clock: compared once a second at most, told as an alert.

    The alert is dated by Redis's clock, and ends when any process of that part on that machine finds it right.
    """

    def __init__(
        self,
        connection: Connection,
        now: Callable[[], datetime],
        part: str,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._alerts = Alerts(connection)
        self._now = now
        self._monotonic = monotonic
        self._subject = f"{part} on {socket.gethostname()}"
        self._right_at = float("-inf")
        self._told_at = float("-inf")
        self._wrong: bool | None = None  # None: an alert may be open since before this process started

    async def right(self) -> bool:
        """Whether this clock may be judged by. Raises LedgerUnavailable."""
        if self._wrong is False and self._monotonic() - self._right_at < _LOOK_SECONDS:
            return True
        reading = await read_clocks(self._connection, self._now)
        await self.note(reading)
        return not reading.wrong

    async def note(self, reading: Reading) -> None:
        """Tell of a clock that is wrong, or right again. Raises LedgerUnavailable."""
        now = self._monotonic()
        if not reading.wrong:
            self._right_at = now
            if self._wrong is not False:
                await self._alerts.clear(AlertKind.CLOCK_WRONG, self._subject, now=reading.redis_now)
        elif not self._wrong or now - self._told_at >= _TELL_SECONDS:
            self._told_at = now
            seconds = reading.ahead.total_seconds()
            log.error("clock.wrong", seconds_ahead=seconds, part=self._subject, advice=AlertKind.CLOCK_WRONG.do)
            said = f"{abs(seconds):.1f} s {'ahead of' if seconds > 0 else 'behind'} Redis's clock"
            await self._alerts.raise_(AlertKind.CLOCK_WRONG, self._subject, said, now=reading.redis_now)
        self._wrong = reading.wrong
