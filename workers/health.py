"""Whether a worker or sweeper still turns, for a container's health check: `python -m workers.health work`.

The process touches a file from the loop that does its work. A loop that hangs stops touching it, whatever state
Redis or the call API is in: this says "restart me", not "something out there is down" (that is /readyz).
"""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from gateway.errors import ConfigInvalid
from gateway.settings import Settings, read_settings

PARTS = ("work", "sweep", "enrich", "notify")
STALE_SECONDS = 30.0  # touched every second; a machine that is merely slow is not ill


def beat(settings: Settings, part: str) -> None:
    """Say that this part turns. A disk that cannot be written shows as ill, and stops no call."""
    path = _pulse(settings, part)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def seconds_since_beat(settings: Settings, part: str, *, now: float) -> float | None:
    """How long ago a part of this machine last turned; None if it never did. `now` is Unix time."""
    try:
        return now - _pulse(settings, part).stat().st_mtime
    except OSError:
        return None


def main(arguments: Sequence[str], environ: Mapping[str, str], *, now: float) -> int:
    """The exit code a health check wants: 0 it turns, 1 it does not, 2 wrongly asked."""
    if len(arguments) != 1 or arguments[0] not in PARTS:
        sys.stderr.write("usage: python -m workers.health work|sweep|enrich|notify\n")
        return 2
    try:
        age = seconds_since_beat(read_settings(environ), arguments[0], now=now)
    except ConfigInvalid as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if age is None or age > STALE_SECONDS:
        sys.stderr.write(f"{arguments[0]} {'never turned' if age is None else f'has not turned for {age:.0f} s'}\n")
        return 1
    return 0


def _pulse(settings: Settings, part: str) -> Path:
    return settings.data_dir / f"{part}.alive"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ, now=time.time()))
