"""When a phone may ring: windows and days, local to wherever the person may be.

A time is open in a zone when the wall clock there stands inside a window of an allowed day; it is lawful when it
is open in every candidate zone. The clock is the zone's own (tzdata), so both daylight-saving days are right:
an hour that does not exist is never open, one that comes twice counts both times.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from gateway.model import record
from gateway.policy import ALL_DAYS, Hours, parse_days, parse_windows

SEARCH_DAYS = 8
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


@record
class Schedule:
    """Hours made ready: windows in minutes of the day (`end` may pass 1440), and weekdays, Monday 0."""

    windows: tuple[tuple[int, int], ...]
    days: frozenset[int]


@lru_cache(maxsize=1024)
def schedule_of(window: str, days: str) -> Schedule | None:
    """The schedule of two settings; None where nothing is limited. Raises ValueError for what cannot be read."""
    windows, weekdays = parse_windows(window), parse_days(days)
    if windows == ((0, 1440),) and weekdays == ALL_DAYS:
        return None
    return Schedule(windows=windows, days=weekdays)


@lru_cache(maxsize=1)
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Whether this is the name of an IANA time zone (exactly: zone names are case-sensitive)."""
    return name in _known_zones()


def first_opening(hours: Hours, zones: Sequence[str], after: datetime) -> datetime | None:
    """The first lawful instant from `after` on. None: no limit, no zones to judge by, or none within 8 days."""
    schedule = schedule_of(hours.window, hours.days)
    if schedule is None or not zones:
        return None
    return next_opening(schedule, zones, after)


def is_open(schedule: Schedule, zones: Sequence[str], at: datetime) -> bool:
    """Whether it is lawful at this instant, in every one of the zones."""
    return all(_open_in(schedule, _zone(name), at) for name in zones)


def next_opening(schedule: Schedule, zones: Sequence[str], after: datetime) -> datetime | None:
    """The first instant from `after` on that is lawful in every zone; None if there is none within 8 days."""
    if is_open(schedule, zones, after):
        return after
    return _first_change(schedule, zones, after, to_open=True)


def next_closing(schedule: Schedule, zones: Sequence[str], after: datetime) -> datetime:
    """The first instant after `after` that is not lawful in every zone; 8 days on if there is none before."""
    return _first_change(schedule, zones, after, to_open=False) or after + SEARCH_DAYS * _DAY


def _first_change(schedule: Schedule, zones: Sequence[str], after: datetime, *, to_open: bool) -> datetime | None:
    """Openness changes only at a window's bound or a clock change, and holds until the next: looking there is
    looking everywhere."""
    start, end = after.astimezone(UTC), after.astimezone(UTC) + SEARCH_DAYS * _DAY
    day = start.date() - _DAY
    while day <= end.date() + _DAY:
        moments = sorted({moment for name in zones for moment in _changes(schedule, name, day)})
        for moment in moments:
            if start < moment <= end and is_open(schedule, zones, moment) is to_open:
                return moment
        day += _DAY
    return None


@lru_cache(maxsize=8192)
def _changes(schedule: Schedule, name: str, utc_day: date) -> tuple[datetime, ...]:
    """Every instant of a UTC day at which the zone may open or close."""
    zone = _zone(name)
    start = datetime.combine(utc_day, time(), tzinfo=UTC)
    end = start + _DAY
    found = {moment for moment in _bounds(schedule, zone, utc_day) if start <= moment < end}
    if zone.utcoffset(start.astimezone(zone)) != zone.utcoffset(end.astimezone(zone)):
        found.add(_clock_change(zone, start, end))
    return tuple(sorted(found))


def _bounds(schedule: Schedule, zone: ZoneInfo, utc_day: date) -> set[datetime]:
    """The window bounds of the local days that touch a UTC day, at both readings of a repeated hour."""
    bounds: set[datetime] = set()
    for local_day in (utc_day - _DAY, utc_day, utc_day + _DAY):
        for minute in {minute % 1440 for window in schedule.windows for minute in window} | {0}:
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


def _open_in(schedule: Schedule, zone: ZoneInfo, at: datetime) -> bool:
    wall = at.astimezone(zone)
    minute = wall.hour * 60 + wall.minute
    weekday = wall.weekday()
    for opens, closes in schedule.windows:
        if opens <= minute < closes and weekday in schedule.days:
            return True
        if minute < closes - 1440 and (weekday - 1) % 7 in schedule.days:
            return True  # a window across midnight belongs to the day it began on
    return False


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
