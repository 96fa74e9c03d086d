"""The worker's clock against Redis's: hours and deadlines mean nothing on a clock that is wrong."""

import time
from datetime import UTC, datetime, timedelta

TOLERANCE = timedelta(seconds=1)


_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", None)  # Linux


def seconds_awake_or_asleep() -> float:
    """Seconds that never jump and, where the system tells, go on while it is suspended.

    A machine that slept between a grant and its request must not wake up thinking that the grant is fresh.
    """
    return time.monotonic() if _BOOT_CLOCK is None else time.clock_gettime(_BOOT_CLOCK)


def system_now() -> datetime:
    """The current instant, aware."""
    return datetime.now(UTC)


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
