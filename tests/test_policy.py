"""The settings of hours, durations and pace: what can be written, and what is refused."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.policy import Hours, Pace, Policy, parse_days, parse_duration, parse_windows


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("250ms", timedelta(milliseconds=250)),
        ("1.5s", timedelta(seconds=1.5)),
        ("10m", timedelta(minutes=10)),
        ("24h", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
        (timedelta(minutes=1), timedelta(minutes=1)),
    ],
)
def test_durations_with_their_unit(text: object, expected: timedelta) -> None:
    """A number and a unit."""
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text", [10, 1.5, None, "", "10", "m", "-5m", "1e3s", "10 m", "10M", "1.2.3s", "٣m", "9" * 400 + "d"]
)
def test_durations_that_would_be_a_guess_are_refused(text: object) -> None:
    """No unit, no number, a sign or anything else: refused."""
    with pytest.raises(ValueError, match="10m, 24h or 7d"):
        parse_duration(text)


def test_a_duration_ends_within_the_calendar() -> None:
    """Added to an instant it must not overflow: over ten years is refused."""
    with pytest.raises(ValueError, match="ten years"):
        parse_duration("4000d")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("09:00-20:00", ((540, 1200),)),
        ("10:00-13:00, 14:00-20:00", ((600, 780), (840, 1200))),
        ("20:00-02:00", ((1200, 1560),)),
        ("00:00-24:00", ((0, 1440),)),
        ("always", ((0, 1440),)),
    ],
)
def test_windows(text: str, expected: tuple[tuple[int, int], ...]) -> None:
    """Minutes of the day; a window that ends before it starts goes on past midnight."""
    assert parse_windows(text) == expected


@pytest.mark.parametrize(
    "text", ["", "9-17", "09:00", "09:00-09:00", "24:00-02:00", "09:00-24:30", "25:00-26:00", "09:60-10:00"]
)
def test_windows_that_cannot_be_meant(text: str) -> None:
    """Empty, past 24:00, or not HH:MM-HH:MM."""
    with pytest.raises(ValueError, match="is not a window"):
        parse_windows(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mon-sat", {0, 1, 2, 3, 4, 5}),
        ("mon-fri,sun", {0, 1, 2, 3, 4, 6}),
        ("sat-mon", {5, 6, 0}),
        ("Wed", {2}),
        ("all", {0, 1, 2, 3, 4, 5, 6}),
    ],
)
def test_days(text: str, expected: set[int]) -> None:
    """Names and ranges, also past Sunday; Monday is 0."""
    assert parse_days(text) == expected


@pytest.mark.parametrize("text", ["", "mon-", "-mon", "monday", "mon-fry", "mon;tue"])
def test_days_that_do_not_exist(text: str) -> None:
    """A misspelt day is refused; it must never mean "no day" or "every day"."""
    with pytest.raises(ValueError, match="is not a day"):
        parse_days(text)


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes the readers fail in any way but ValueError."""
    for read in (parse_duration, parse_windows, parse_days):
        with suppress(ValueError):
            read(text)


def test_always_stands_for_all_hours() -> None:
    """`hours: always` is every hour of every day."""
    assert Hours.model_validate("always") == Hours(window="always", days="all")


def test_hours_are_read_when_they_are_loaded() -> None:
    """A window or day nobody can read stops start-up, not the first call."""
    with pytest.raises(ValidationError) as refused:
        Hours(window="9 to 5", days="weekdays")
    assert [fault["loc"] for fault in refused.value.errors()] == [("window",), ("days",)]


def test_defaults_are_the_cautious_ones() -> None:
    """Mon–Sat 9–20, ten minutes between rings, a day for a lead; no pace unless set."""
    policy = Policy()
    assert (policy.hours.window, policy.hours.days, policy.hours.assume_zone) == ("09:00-20:00", "mon-sat", None)
    assert (policy.cooldown, policy.expires_after) == (timedelta(minutes=10), timedelta(hours=24))
    assert set(Pace().model_dump().values()) == {None}
