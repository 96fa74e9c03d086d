"""A wrong clock is told from a slow answer, and people hear of it while it is wrong."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.ledger import Ledger
from gateway.ledger.timekeeping import Timekeeper, skew, too_far

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


@pytest.mark.anyio
@pytest.mark.parametrize(("seconds", "words"), [(90, "90.0 s ahead of"), (-3600, "3600.0 s behind")])
async def test_a_wrong_clock_is_an_alert_until_it_is_right(ledger: Ledger, seconds: float, words: str) -> None:
    """Which part, on which machine, and by how much; dated by the clock that everybody shares."""
    off = [timedelta(seconds=seconds)]
    keeper = Timekeeper(ledger.connection, lambda: datetime.now(UTC) + off[0], "enrich", monotonic=lambda: 0.0)
    assert not await keeper.right()
    (alert,) = await ledger.alerts.open()
    assert (alert.kind, alert.subject.split()[:2]) == ("clock_wrong", ["enrich", "on"])
    assert words in alert.detail
    assert abs(alert.since - datetime.now(UTC)) < timedelta(minutes=1)
    off[0] = timedelta(0)
    assert await keeper.right()
    assert await ledger.alerts.open() == ()


@pytest.mark.anyio
async def test_an_alert_of_a_process_before_is_ended(ledger: Ledger) -> None:
    """Restarting what had a wrong clock, once it is right, leaves nothing behind."""
    wrong = Timekeeper(ledger.connection, lambda: datetime.now(UTC) + timedelta(days=1), "notify")
    assert not await wrong.right()
    assert await Timekeeper(ledger.connection, lambda: datetime.now(UTC), "notify").right()
    assert await ledger.alerts.open() == ()


@pytest.mark.anyio
async def test_a_right_clock_is_looked_at_once_a_second(ledger: Ledger) -> None:
    """Asked before every claim, it costs Redis next to nothing; a clock that is set meanwhile is seen soon."""
    readings, monotonic = [], [0.0]

    def now() -> datetime:
        readings.append(1)
        return datetime.now(UTC)

    keeper = Timekeeper(ledger.connection, now, "work", monotonic=lambda: monotonic[0])
    for moment in (0.0, 0.5, 0.9, 1.0):
        monotonic[0] = moment
        assert await keeper.right()
    assert len(readings) == 4  # two looks, each with a reading before and after
