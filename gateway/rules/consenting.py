"""The consent a payload tells of: on what basis, since when, and where it was given."""

from datetime import UTC, datetime

from gateway.model import Consent

_LONGEST = 500  # characters kept of each text
_MILLISECONDS_FROM = 100_000_000_000  # seconds since 1970 stay below this until the year 5138
_DENIALS = frozenset({"false", "no", "n", "f", "0", "off", "none", "null", "undefined", "unchecked", "denied"})


def consent_of(basis: str | None, at: str | None, source: str | None) -> Consent:
    """What was found. A basis that reads as a "no" (an empty tick box says `false` or `off`) counts as none."""
    denied = basis is None or basis.strip().lower() in _DENIALS
    return Consent(
        basis=None if denied or basis is None else basis[:_LONGEST],
        at=None if at is None else _instant(at.strip()),
        source=None if source is None else source[:_LONGEST],
    )


def _instant(text: str) -> datetime | None:
    """ISO 8601, or seconds or milliseconds since 1970. A time without a zone counts as UTC; None for anything else."""
    try:
        if text.isascii() and text.isdigit():
            number = int(text)
            return datetime.fromtimestamp(number / 1000 if number >= _MILLISECONDS_FROM else number, UTC)
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
