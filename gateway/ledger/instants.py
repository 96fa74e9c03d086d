"""Instants as the ledger keeps them: whole milliseconds since 1970 in UTC, exact, never through a float."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(instant: datetime) -> int:
    """Milliseconds since 1970, rounded down. Raises TypeError for a naive datetime."""
    return (instant - _EPOCH) // _MILLISECOND


def span_ms(span: timedelta) -> int:
    """A duration in whole milliseconds, rounded down."""
    return span // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """The instant in UTC."""
    return _EPOCH + timedelta(milliseconds=milliseconds)
