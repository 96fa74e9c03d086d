"""Holidays by rule: the days they fall on, moved by weekends where they are, in any year."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.holidays import check_holiday, holiday_on

EASTERS = ("2019-04-21", "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16", "2038-04-25")


@pytest.mark.parametrize("day", EASTERS)
def test_easter(day: str) -> None:
    """As the US Naval Observatory lists it."""
    assert holiday_on(("easter",), date.fromisoformat(day)) == "easter"


@pytest.mark.parametrize(
    ("rule", "day"),
    [
        ("12-25", "2026-12-25"),
        ("2026-11-27", "2026-11-27"),
        ("easter-2", "2026-04-03"),
        ("easter+39", "2026-05-14"),
        ("3 mon 01", "2026-01-19"),
        ("4 thu 11", "2026-11-26"),
        ("last mon 05", "2026-05-25"),
        ("last mon 08", "2026-08-31"),
        ("last sun 02", "2026-02-22"),
        ("12-25 observed", "2027-12-25"),
        ("12-25 observed", "2027-12-27"),
        ("07-04 nearest", "2026-07-03"),
        ("07-04 nearest", "2027-07-05"),
        ("01-01 nearest", "2027-12-31"),
        ("02-29", "2028-02-29"),
    ],
)
def test_days_of_rules(rule: str, day: str) -> None:
    """On the day, and not on the day before."""
    found = date.fromisoformat(day)
    assert holiday_on((rule,), found) == rule
    assert holiday_on((rule,), found - timedelta(days=1)) is None or rule.endswith(("observed", "nearest"))


def test_two_holidays_on_a_weekend_move_apart() -> None:
    """Christmas on a Saturday: Monday and Tuesday stand for it and for the 26th."""
    rules = ("12-25 observed", "12-26 observed")
    december = [day for day in range(24, 32) if holiday_on(rules, date(2027, 12, day))]
    assert december == [25, 26, 27, 28]


def test_a_rule_that_names_no_day_of_a_year_names_none() -> None:
    """29 February, or a date of another year."""
    assert not any(holiday_on(("02-29", "2025-01-01"), date(2026, 1, 1) + timedelta(days=n)) for n in range(365))


@pytest.mark.parametrize(
    "text", ["", "christmas", "13-01", "02-30", "2026-02-30", "5 mon 01", "1 mon 13", "easter*2", "12-25 off"]
)
def test_what_is_no_holiday(text: str) -> None:
    """Told with how to write one."""
    with pytest.raises(ValueError, match="is not a holiday: write for example 12-25"):
        check_holiday(text)


@given(
    rule=st.sampled_from(["12-25", "02-29", "easter+1", "1 mon 09", "last fri 11", "01-01 observed", "2026-11-27"]),
    day=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
)
def test_any_rule_and_day(rule: str, day: date) -> None:
    """No day breaks it, and what is observed is a working day."""
    assert check_holiday(rule) == rule
    if holiday_on((rule,), day) and rule == "01-01 observed":
        assert (day.month, day.day) == (1, 1) or (day.weekday() == 0 and day.day <= 3)
