"""Holidays written as rules, and the days they fall on in a year.

`12-25`, `2026-11-27`, `easter+1`, `easter-2`, `3 mon 01` (the third Monday of January), `last mon 05`; and with
` observed` after it: where the day falls on a weekend, the next working day that is no holiday is one too; with
` nearest`, as in the US, the Friday before for a Saturday and the Monday after for a Sunday.
Easter is the western one, by the Gregorian computus (Meeus/Jones/Butcher).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OBSERVED, _NEAREST = " observed", " nearest"
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})$")
_EVERY_YEAR = re.compile(r"([0-9]{2})-([0-9]{2})$")
_EASTER = re.compile(r"easter([+-][0-9]{1,2})?$")
_WEEKDAY = re.compile(rf"([1-4]|last) ({'|'.join(_DAYS)}) ([0-9]{{2}})$")
_A_LEAP_YEAR = 2024
_DAY = timedelta(days=1)


def check_holiday(text: str) -> str:
    """The same text. Raises ValueError, saying how to write one, for what is no holiday."""
    dated = _DATE.match(_rule(text))
    try:
        if _nominal(_rule(text), int(dated[1]) if dated else _A_LEAP_YEAR) is not None:
            return text
    except ValueError:
        pass
    raise ValueError(
        f"{text!r} is not a holiday: write for example 12-25, 2026-11-27, easter+1, 3 mon 01 or last mon 05, "
        "and after it `observed` or `nearest` if a weekend moves it"
    )


def holiday_on(holidays: tuple[str, ...], day: date) -> str | None:
    """Which of these holidays a day is, or is observed for; None if it is none of them."""
    return _of_year(holidays, day.year).get(day) if holidays else None


@lru_cache(maxsize=512)
def _of_year(holidays: tuple[str, ...], year: int) -> Mapping[date, str]:
    """The holidays of a year, with the days of it that stand for one of the year before or after."""
    return _with_observed(holidays, year - 1) | _with_observed(holidays, year + 1) | _with_observed(holidays, year)


def _with_observed(holidays: Sequence[str], year: int) -> dict[date, str]:
    days = {day: text for text in holidays if (day := _day_in(text, year)) is not None}
    for day, text in sorted(days.items()):
        if text.endswith(_OBSERVED) and day.weekday() >= 5:
            days[_next_working_day(day, days)] = text
        elif text.endswith(_NEAREST) and day.weekday() >= 5:
            days[day - _DAY if day.weekday() == 5 else day + _DAY] = text
    return days


def _rule(text: str) -> str:
    """A holiday without what is said of weekends."""
    return text.removesuffix(_OBSERVED).removesuffix(_NEAREST)


def _next_working_day(day: date, taken: Mapping[date, str]) -> date:
    while day.weekday() >= 5 or day in taken:
        day += _DAY
    return day


def _day_in(text: str, year: int) -> date | None:
    """The day a rule names in a year; None where it has none: another year's date, or 29 February."""
    try:
        return _nominal(_rule(text), year)
    except ValueError:
        return None


def _nominal(text: str, year: int) -> date | None:
    if found := _DATE.match(text):
        day = date(int(found[1]), int(found[2]), int(found[3]))
        return day if day.year == year else None
    if found := _EVERY_YEAR.match(text):
        return date(year, int(found[1]), int(found[2]))
    if found := _EASTER.match(text):
        return _easter(year) + int(found[1] or 0) * _DAY
    if found := _WEEKDAY.match(text):
        return _weekday_of(found[1], _DAYS.index(found[2]), year, int(found[3]))
    return None


def _weekday_of(which: str, weekday: int, year: int, month: int) -> date:
    first = date(year, month, 1)
    first += (weekday - first.weekday()) % 7 * _DAY
    if which != "last":
        return first + (int(which) - 1) * 7 * _DAY
    fifth = first + 28 * _DAY
    return fifth if fifth.month == month else first + 21 * _DAY


def _easter(year: int) -> date:
    golden, century, rest = year % 19, year // 100, year % 100
    leaps = (century + 8) // 25
    epact = (19 * golden + century - century // 4 - (century - leaps + 1) // 3 + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * sunday) // 451
    month, day = divmod(epact + sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)
