"""When a phone may ring: windows by weekday and holidays, local to wherever the person may be.

A time is open in a zone when the wall clock there stands inside a window of its day and the day is no holiday; it is
lawful when it is open in every candidate zone, by every week that binds. The clock is the zone's own (tzdata), so
both daylight-saving days are right: an hour that does not exist is never open, one that comes twice counts twice.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from gateway.holidays import holiday_on
from gateway.model import record
from gateway.policy import parse_days, parse_windows

SEARCH_DAYS = 31  # further than any row of holidays in front of a window that opens once a week
_DAY = timedelta(days=1)
_ALWAYS = ((0, 1440),)

Windows = tuple[tuple[int, int], ...]  # in minutes of the day; an end may pass 1440


@record
class Week:
    """What one setting or one statute says: windows by weekday, Monday first, and the holidays it keeps closed."""

    name: str
    windows: tuple[Windows, ...]
    holidays: tuple[str, ...] = ()

    def __hash__(self) -> int:
        """By its name, which says what it is: all of it would be counted at every look at what is kept below."""
        return hash(self.name)


@record
class Schedule:
    """Weeks that all bind: it is open when every one of them is."""

    weeks: tuple[Week, ...]


@lru_cache(maxsize=1024)
def schedule_of(window: str, days: str) -> Schedule | None:
    """The schedule of two settings; None where nothing is limited. Raises ValueError for what cannot be read."""
    windows, weekdays = parse_windows(window), parse_days(days)
    week = Week(name=f"{window} {days}", windows=tuple(windows if day in weekdays else () for day in range(7)))
    return limiting([week])


def week_of(name: str, hours: Mapping[str, str], holidays: tuple[str, ...] = ()) -> Week:
    """The week of a map of days to windows; a day that is not named is closed, one that is named twice has both.

    Raises ValueError for what cannot be read.
    """
    return _week(name, tuple(hours.items()), holidays)


@lru_cache(maxsize=1024)
def _week(name: str, hours: tuple[tuple[str, str], ...], holidays: tuple[str, ...]) -> Week:
    windows: dict[int, Windows] = {}
    for days, text in hours:
        for day in parse_days(days):
            windows[day] = windows.get(day, ()) + parse_windows(text)
    return Week(name=name, windows=tuple(windows.get(day, ()) for day in range(7)), holidays=holidays)


def limiting(weeks: Sequence[Week]) -> Schedule | None:
    """The schedule of those weeks that limit anything, of several that say the same the first; None where none does."""
    return _limiting(tuple(weeks))


@lru_cache(maxsize=1024)
def _limiting(weeks: tuple[Week, ...]) -> Schedule | None:
    limits = [week for week in weeks if week.holidays or set(week.windows) != {_ALWAYS}]
    different = {(week.windows, week.holidays): week for week in reversed(limits)}
    kept = tuple(week for week in limits if different[week.windows, week.holidays] is week)
    return Schedule(weeks=kept) if kept else None


@lru_cache(maxsize=1)
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Whether this is the name of an IANA time zone (exactly: zone names are case-sensitive)."""
    return name in _known_zones()


def is_open(schedule: Schedule, zones: Sequence[str], at: datetime) -> bool:
    """Whether it is lawful at this instant, in every one of the zones."""
    return all(_open_in(week, at.astimezone(_zone(name))) for name in zones for week in schedule.weeks)


def why_closed(schedule: Schedule, zones: Sequence[str], at: datetime) -> Mapping[str, str]:
    """The first zone and week it is closed by, and the holiday if it is one; empty where it is open."""
    for name in zones:
        wall = at.astimezone(_zone(name))
        for week in schedule.weeks:
            if not _open_in(week, wall):
                holiday = holiday_on(week.holidays, wall.date())
                told = {"closed_by": week.name, "closed_in": name}
                return told | ({"holiday": f"{wall.date().isoformat()} ({holiday})"} if holiday else {})
    return {}


def next_opening(schedule: Schedule, zones: Sequence[str], after: datetime) -> datetime | None:
    """The first instant from `after` on that is lawful in every zone; None if there is none within 31 days."""
    if is_open(schedule, zones, after):
        return after
    return _first_change(schedule, zones, after, to_open=True)


def next_closing(schedule: Schedule, zones: Sequence[str], after: datetime) -> datetime:
    """The first instant after `after` that is not lawful in every zone; 31 days on if there is none before."""
    return _first_change(schedule, zones, after, to_open=False) or after + SEARCH_DAYS * _DAY


def _first_change(schedule: Schedule, zones: Sequence[str], after: datetime, *, to_open: bool) -> datetime | None:
    start, end = after.astimezone(UTC), after.astimezone(UTC) + SEARCH_DAYS * _DAY
    day = start.date() - _DAY
    while day <= end.date() + _DAY:
        for moment, opened in _turns(schedule, tuple(zones), day):
            if start < moment <= end and opened is to_open:
                return moment
        day += _DAY
    return None


@lru_cache(maxsize=2048)
def _turns(schedule: Schedule, zones: tuple[str, ...], utc_day: date) -> tuple[tuple[datetime, bool], ...]:
    """The instants of a UTC day from which on it is lawful or not any more, and the first one looked at.

    Openness changes only at a window's bound, at midnight or at a clock change, and holds until the next: looking
    there is looking everywhere. Kept, for a number without a place has dozens of zones, and many ask about one.
    """
    bounds = frozenset(
        minute % 1440 for week in schedule.weeks for day in week.windows for window in day for minute in window
    ) | {0}
    turns: list[tuple[datetime, bool]] = []
    for moment in sorted({moment for name in zones for moment in _changes(bounds, name, utc_day)}):
        opened = is_open(schedule, zones, moment)
        if not turns or turns[-1][1] is not opened:
            turns.append((moment, opened))
    return tuple(turns)


@lru_cache(maxsize=8192)
def _changes(minutes: frozenset[int], name: str, utc_day: date) -> tuple[datetime, ...]:
    """Every instant of a UTC day at which the zone may open or close."""
    zone = _zone(name)
    start = datetime.combine(utc_day, time(), tzinfo=UTC)
    end = start + _DAY
    found = {moment for moment in _bounds(minutes, zone, utc_day) if start <= moment < end}
    if zone.utcoffset(start.astimezone(zone)) != zone.utcoffset(end.astimezone(zone)):
        found.add(_clock_change(zone, start, end))
    return tuple(sorted(found))


def _bounds(minutes: frozenset[int], zone: ZoneInfo, utc_day: date) -> set[datetime]:
    """The window bounds of the local days that touch a UTC day, at both readings of a repeated hour."""
    bounds: set[datetime] = set()
    for local_day in (utc_day - _DAY, utc_day, utc_day + _DAY):
        for minute in minutes:
            wall = datetime.combine(local_day, time(minute // 60, minute % 60), tzinfo=zone)
            bounds.update(wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return bounds


def _clock_change(zone: ZoneInfo, start: datetime, end: datetime) -> datetime:
    """The instant between two at which the zone's clock is put forward or back, to the second."""
    before = zone.utcoffset(start.astimezone(zone))
    low, high = int(start.timestamp()), int(end.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if zone.utcoffset(datetime.fromtimestamp(middle, zone)) == before:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


def _open_in(week: Week, wall: datetime) -> bool:
    """A window across midnight belongs to the day it began on, and is closed if either day is a holiday."""
    minute, today = wall.hour * 60 + wall.minute, wall.date()
    if holiday_on(week.holidays, today):
        return False
    if any(opens <= minute < closes for opens, closes in week.windows[today.weekday()]):
        return True
    night = any(minute < closes - 1440 for _, closes in week.windows[today.weekday() - 1])
    return night and not holiday_on(week.holidays, today - _DAY)


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
