"""The worker's clocks: the one people read, and one that never jumps."""

import time
from datetime import UTC, datetime

_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", None)  # Linux


def seconds_awake_or_asleep() -> float:
    """Seconds that never jump and, where the system tells, go on while it is suspended.

    A machine that slept between a grant and its request must not wake up thinking that the grant is fresh.
    """
    return time.monotonic() if _BOOT_CLOCK is None else time.clock_gettime(_BOOT_CLOCK)


def system_now() -> datetime:
    """The current instant, aware."""
    return datetime.now(UTC)
