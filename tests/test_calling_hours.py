"""Calling hours: lawful in every zone, right on both clock-change days, to the minute."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.calling_hours import (
    SEARCH_DAYS,
    Schedule,
    Week,
    is_open,
    is_zone,
    limiting,
    next_closing,
    next_opening,
    schedule_of,
    week_of,
    why_closed,
)

DAYTIME = schedule_of("09:00-20:00", "mon-sat")
MINUTE = timedelta(minutes=1)
ZONES = (
    "UTC", "America/New_York", "America/Los_Angeles", "America/Chicago", "America/Denver", "America/Phoenix",
    "America/Anchorage", "Pacific/Honolulu", "America/St_Johns", "America/Halifax", "America/Puerto_Rico",
    "America/Sao_Paulo", "America/Bogota", "America/Mexico_City", "America/Santiago", "America/Havana",
    "Europe/London", "Europe/Dublin", "Europe/Paris", "Europe/Berlin", "Europe/Athens", "Europe/Moscow",
    "Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Asia/Dubai", "Asia/Kolkata", "Asia/Kathmandu",
    "Asia/Shanghai", "Asia/Tokyo", "Asia/Tehran", "Asia/Jerusalem", "Asia/Beirut", "Australia/Sydney",
    "Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Kiritimati",
    "Pacific/Apia", "Antarctica/Troll",
)  # fmt: skip
WINDOWS = (
    "09:00-20:00",
    "00:00-24:00",
    "20:00-02:00",
    "01:30-02:30",
    "02:00-03:00",
    "23:59-00:01",
    "10:00-12:00,14:00-16:30",
)
DAYS = ("mon-sat", "all", "sun", "mon-fri", "sat-mon")


def at(text: str, zone: str = "UTC") -> datetime:
    """An instant written as wall-clock time in a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def lawful(window: str, days: str, zone: str, instant: datetime) -> bool:
    """The same question asked in the plainest way: on the wall clock, minute by minute of the week."""
    wall = instant.astimezone(ZoneInfo(zone))
    minute = wall.hour * 60 + wall.minute
    schedule = schedule_of(window, days)
    if schedule is None:
        return True
    (week,) = schedule.weeks
    today = any(start <= minute < end for start, end in week.windows[wall.weekday()])
    night = any(minute + 1440 < end for _, end in week.windows[(wall.weekday() - 1) % 7])
    return today or night


@pytest.mark.parametrize(
    ("zones", "now", "opening"),
    [
        (["America/New_York"], at("2026-11-23 12:00", "America/New_York"), at("2026-11-23 12:00", "America/New_York")),
        (["America/New_York"], at("2026-11-23 08:59", "America/New_York"), at("2026-11-23 09:00", "America/New_York")),
        (["America/New_York"], at("2026-11-21 20:00", "America/New_York"), at("2026-11-23 09:00", "America/New_York")),
        (
            ["America/New_York", "America/Los_Angeles"],
            at("2026-11-23 09:00", "America/New_York"),
            at("2026-11-23 09:00", "America/Los_Angeles"),
        ),
        (["Europe/Berlin"], at("2026-03-28 21:00", "Europe/Berlin"), at("2026-03-30 09:00", "Europe/Berlin")),
        (["Asia/Tokyo", "America/Sao_Paulo"], at("2026-11-23 00:00"), None),
    ],
)
def test_the_next_opening(zones: list[str], now: datetime, opening: datetime | None) -> None:
    """Now if it is lawful now; else when the last of the zones opens; None where they share no hour."""
    assert DAYTIME is not None
    assert next_opening(DAYTIME, zones, now) == opening


@pytest.mark.parametrize(
    ("window", "zone", "now", "opening", "closing"),
    [
        # 02:00-03:00 does not exist on 8 March 2026 in New York, and comes once 01:00-02:00 twice on 1 November
        ("02:00-03:00", "America/New_York", "2026-03-08 01:00", "2026-03-09 06:00", "2026-03-09 07:00"),
        ("02:30-03:30", "America/New_York", "2026-03-08 01:00", "2026-03-08 07:00", "2026-03-08 07:30"),
        ("01:00-02:00", "America/New_York", "2026-11-01 00:00", "2026-11-01 05:00", "2026-11-01 07:00"),
        ("01:30-02:30", "Australia/Lord_Howe", "2026-04-05 00:00", "2026-04-04 14:30", "2026-04-04 16:00"),
    ],
)
def test_both_clock_change_days(window: str, zone: str, now: str, opening: str, closing: str) -> None:
    """An hour that does not exist never opens; one that comes twice is open twice. Bounds here are in UTC."""
    schedule = schedule_of(window, "all")
    assert schedule is not None
    opens = next_opening(schedule, [zone], at(now, zone))
    assert opens == at(opening)
    assert next_closing(schedule, [zone], opens) == at(closing)


def test_a_window_past_midnight_belongs_to_the_day_it_began_on() -> None:
    """Friday 20:00-02:00 is open on Saturday at one, not on Friday at one."""
    schedule = schedule_of("20:00-02:00", "fri")
    assert schedule is not None
    assert is_open(schedule, ["UTC"], at("2026-11-28 01:59"))
    assert not is_open(schedule, ["UTC"], at("2026-11-28 02:00"))
    assert not is_open(schedule, ["UTC"], at("2026-11-27 01:00"))


def test_no_limit_is_no_schedule() -> None:
    """`always` on all days needs no zone; `always` on some days still has days to keep."""
    assert schedule_of("always", "all") is None
    assert schedule_of("00:00-24:00", "all") is None
    monday = Week(name="always mon", windows=(((0, 1440),), (), (), (), (), (), ()))
    assert schedule_of("always", "mon") == Schedule(weeks=(monday,))
    assert limiting([week_of("a", {"all": "always"}), week_of("b", {"mon": "always"})]) is not None
    assert limiting([week_of("a", {"all": "always"}, ("12-25",))]) is not None


def test_days_have_windows_of_their_own() -> None:
    """One map for the whole week; a day named twice has both, one not named is closed."""
    week = week_of("shop", {"mon-fri": "09:00-20:00", "sat,mon": "21:00-22:00"})
    assert week.windows[0] == ((540, 1200), (1260, 1320))
    assert week.windows[5] == ((1260, 1320),)
    assert week.windows[6] == ()


def test_weeks_all_bind() -> None:
    """Open when every one is; what closes it is told with its zone, and its holiday."""
    weeks = [week_of("ours", {"all": "09:00-20:00"}), week_of("theirs", {"mon-fri": "10:00-21:00"}, ("12-25",))]
    schedule = limiting(weeks)
    assert schedule is not None
    assert next_opening(schedule, ["UTC"], at("2026-12-24 20:00")) == at("2026-12-28 10:00")
    assert why_closed(schedule, ["UTC"], at("2026-12-24 20:00")) == {"closed_by": "ours", "closed_in": "UTC"}
    holiday = {"closed_by": "theirs", "closed_in": "UTC", "holiday": "2026-12-25 (12-25)"}
    assert why_closed(schedule, ["UTC"], at("2026-12-25 12:00")) == holiday
    assert why_closed(schedule, ["UTC"], at("2026-12-24 12:00")) == {}


def test_weeks_that_say_the_same_bind_as_one() -> None:
    """Under the name of the first; another name alone makes no second week, other holidays do."""
    weeks = [
        week_of(name, {"mon-fri": "09:00-17:00"}, holidays) for name, holidays in (("a", ()), ("b", ()), ("c", ("us",)))
    ]
    schedule = limiting(weeks)
    assert schedule is not None
    assert [week.name for week in schedule.weeks] == ["a", "c"]


def test_a_night_is_closed_if_either_of_its_days_is_a_holiday() -> None:
    """The evening before ends at midnight; the holiday's own night never begins."""
    schedule = limiting([week_of("night", {"all": "20:00-02:00"}, ("12-25",))])
    assert schedule is not None
    assert next_closing(schedule, ["UTC"], at("2026-12-24 21:00")) == at("2026-12-25 00:00")
    assert next_opening(schedule, ["UTC"], at("2026-12-25 00:00")) == at("2026-12-26 20:00")


def test_a_window_that_never_closes_is_good_for_the_whole_search() -> None:
    """All day from Monday to Sunday written as windows: the closing is simply far away."""
    schedule = Schedule(weeks=(week_of("all", {"all": "always"}),))
    now = at("2026-11-22 12:00")
    assert next_closing(schedule, ["UTC"], now) == now + timedelta(days=SEARCH_DAYS)


@pytest.mark.parametrize(
    ("name", "known"),
    [("America/New_York", True), ("america/new_york", False), ("EST5", False), ("../etc/passwd", False), ("", False)],
)
def test_zone_names(name: str, known: bool) -> None:
    """Exactly the IANA names; anything else never reaches the zone files."""
    assert is_zone(name) is known


@settings(max_examples=300, deadline=None)
@given(
    zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True),
    window=st.sampled_from(WINDOWS),
    days=st.sampled_from(DAYS),
    now=st.datetimes(min_value=datetime(2025, 1, 1), max_value=datetime(2027, 12, 31)),  # noqa: DTZ001 - made aware below
)
def test_openings_are_open_and_nothing_earlier_is(zones: list[str], window: str, days: str, now: datetime) -> None:
    """Never open outside the window in any zone; the opening found is the first, to the minute."""
    schedule, start = schedule_of(window, days), now.replace(tzinfo=UTC, second=0, microsecond=0)
    if schedule is None:
        return
    opening = next_opening(schedule, zones, start)
    end = start + timedelta(days=8) if opening is None else opening
    if opening is not None:
        assert all(lawful(window, days, zone, opening) for zone in zones)
    step = start
    while step < end:
        assert not all(lawful(window, days, zone, step) for zone in zones)
        step += MINUTE


@settings(max_examples=150, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    window=st.sampled_from(WINDOWS),
    days=st.sampled_from(DAYS),
    year=st.integers(2025, 2027),
    hours=st.integers(-30, 30),
)
def test_around_every_clock_change(zone: str, window: str, days: str, year: int, hours: int) -> None:
    """The same, started within thirty hours of the instant a zone's clock changes, and for closings too."""
    schedule = schedule_of(window, days)
    for change in clock_changes(zone, year):
        start = change + timedelta(hours=hours)
        if schedule is None or not is_open(schedule, [zone], start):
            continue
        closing = next_closing(schedule, [zone], start)
        minutes = int((closing - start) / MINUTE)
        assert all(lawful(window, days, zone, start + step * MINUTE) for step in range(min(minutes, 3000)))
        if closing < start + timedelta(days=SEARCH_DAYS):
            assert not lawful(window, days, zone, closing)


def clock_changes(zone: str, year: int) -> list[datetime]:
    """The hours of a year at which a zone's offset is another than an hour before."""
    place, hour = ZoneInfo(zone), timedelta(hours=1)
    found, moment = [], datetime(year, 1, 1, tzinfo=UTC)
    while moment.year == year:
        day_later = moment + 24 * hour
        if place.utcoffset(moment.astimezone(place)) != place.utcoffset(day_later.astimezone(place)):
            found.append(day_later)
        moment = day_later
    return found


def test_a_look_costs_microseconds() -> None:
    """Far under a millisecond, so that looking again before every dial is free."""
    assert DAYTIME is not None
    now = at("2026-11-23 12:00", "America/New_York")
    next_closing(DAYTIME, ["America/New_York"], now)
    began = time.perf_counter()
    for step in range(200):
        is_open(DAYTIME, ["America/New_York"], now)
        next_closing(DAYTIME, ["America/New_York"], now + step * timedelta(seconds=1))
    assert (time.perf_counter() - began) / 200 < 0.001
