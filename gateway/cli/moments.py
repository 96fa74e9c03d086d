"""Instants and spans as people write and read them on a command line."""

from datetime import UTC, datetime

from gateway.cli.screen import MISUSED, CommandFailed

_DAY_SECONDS = 86_400


def instant(text: str) -> datetime:
    """An ISO date and time; without a zone it is UTC. Raises CommandFailed."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is not a date and time; write 2026-11-28T21:00:00Z"
        raise CommandFailed(message, code=MISUSED) from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def short(text: object) -> str:
    """An instant of the API as a person reads it, to the second, in UTC; other text as it is."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return "" if text is None else str(text)
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def clock(text: object) -> str:
    """The time of day of an instant, to the millisecond, in UTC."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return str(text)
    return at.astimezone(UTC).strftime("%H:%M:%S.%f")[:-3]


def span_between(earlier: object, later: object) -> str:
    """How long after the one the other was: `+0.041s`, `+3m10s`, `+2d3h`; empty if either is no instant."""
    try:
        seconds = (datetime.fromisoformat(str(later)) - datetime.fromisoformat(str(earlier))).total_seconds()
    except ValueError:
        return ""
    if seconds < 60:
        return f"+{seconds:.3f}s"
    if seconds < _DAY_SECONDS:
        return f"+{int(seconds // 3600)}h{int(seconds % 3600 // 60)}m{int(seconds % 60)}s".replace("+0h", "+")
    return f"+{int(seconds // _DAY_SECONDS)}d{int(seconds % _DAY_SECONDS // 3600)}h"
