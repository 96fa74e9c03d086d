"""A wrong clock is told from a slow answer."""

from datetime import UTC, datetime, timedelta

import pytest

from workers.clock import skew, system_now, too_far

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("before", "redis", "after", "ahead"),
    [
        (0, 0.5, 5, 0),  # a slow answer proves nothing
        (0, 0, 0, 0),
        (10, 8, 11, 2),  # Redis read before we asked: we are ahead
        (0, 5, 1, -4),  # Redis read after we had the answer: we are behind
    ],
)
def test_only_a_reading_outside_ours_is_a_difference(before: float, redis: float, after: float, ahead: float) -> None:
    """Positive is ahead of Redis."""
    found = skew(before=at(before), redis_now=at(redis), after=at(after))
    assert found == timedelta(seconds=ahead)


@pytest.mark.parametrize(("seconds", "wrong"), [(1.0, False), (-1.0, False), (1.001, True), (-1.001, True)])
def test_more_than_a_second_is_too_far(seconds: float, wrong: bool) -> None:
    """In either direction."""
    assert too_far(timedelta(seconds=seconds)) is wrong


def test_our_clock_is_aware() -> None:
    """A naive instant would mean nothing to the ledger."""
    assert system_now().tzinfo is UTC
