"""The Retry-After header (RFC 9110 section 10.2.3): seconds or an HTTP date, never trusted to be sane."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(hours=1)
_SECONDS = re.compile(r"\d{1,18}(?:\.\d{1,9})?", re.ASCII)


def retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """How long to wait, between one second and one hour; None where the header is absent or means nothing."""
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return _within(timedelta(seconds=min(float(text), LONGEST.total_seconds())))
    date = _http_date(text)
    return None if date is None else _within(date - now)


def _within(delay: timedelta) -> timedelta:
    return min(max(delay, SHORTEST), LONGEST)


def _http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):  # what the standard parser raises for nonsense
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
