"""Nobody rings outside any preset that may bind them, in any zone they may be in; the next opening is the earliest."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.addresses import read_address
from gateway.calling_hours import SEARCH_DAYS, is_open, next_closing, next_opening
from gateway.holidays import holiday_on
from gateway.lawful_hours import LawfulHours, lawful_hours
from gateway.policy import Hours
from gateway.presets import load_presets

ZONES = sorted(available_timezones() - {"Factory", "localtime"})
EVERYWHERE = ("+14155550132", "+33142685300", "+442079460000", "+61255501234")
PHONES = (*EVERYWHERE, "+12125550100", "+13055550100", "+18005551234", "+16045550132", None)
PRESETS = tuple(load_presets())
WINDOWS = ("always", "09:00-20:00", "20:00-02:00", "23:30-00:30", "10:00-12:00,14:00-16:30")
QUARTER = timedelta(minutes=15)
YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def lawful(
    preset: object, phone: str | None, zones: tuple[str, ...] = (), state: str | None = None, **more: object
) -> LawfulHours:
    """The hours under these presets, with no limit of our own unless given."""
    hours = Hours.model_validate({"window": "always", "days": "all", "preset": preset} | more)
    return lawful_hours(hours, phone=phone, zones=zones, address=read_address("US", state) if state else None)


def plainly_open(found: LawfulHours, instant: datetime) -> bool:
    """The same question asked in the plainest way."""
    return all(
        _open_by(week, instant.astimezone(ZoneInfo(zone))) for zone in found.zones for week in found.schedule.weeks
    )


def _open_by(week: object, wall: datetime) -> bool:
    minute, yesterday = wall.hour * 60 + wall.minute, wall.date() - timedelta(days=1)
    if holiday_on(week.holidays, wall.date()):
        return False
    today = any(opens <= minute < closes for opens, closes in week.windows[wall.weekday()])
    night = any(minute + 1440 < closes for _, closes in week.windows[yesterday.weekday()])
    return today or (night and not holiday_on(week.holidays, yesterday))


def clock_changes(zone: str) -> list[datetime]:
    """The days of 2026 on which a zone's clock changes."""
    place = ZoneInfo(zone)
    days = [YEAR + timedelta(days=day) for day in range(365)]
    return [
        day
        for day in days
        if place.utcoffset(day.astimezone(place)) != place.utcoffset((day + timedelta(days=1)).astimezone(place))
    ]


def check_from(found: LawfulHours, start: datetime) -> None:
    """Never lawful outside, the opening the earliest, the closing the latest: quarter by quarter."""
    if found.schedule is None or not found.zones:
        return
    assert is_open(found.schedule, found.zones, start) is plainly_open(found, start)
    opening = next_opening(found.schedule, found.zones, start)
    step, end = start, min(opening or start + timedelta(days=6), start + timedelta(days=6))
    while step < end:
        assert not plainly_open(found, step)
        step += QUARTER
    if opening is None:
        return
    assert plainly_open(found, opening)
    closing = next_closing(found.schedule, found.zones, opening)
    assert closing > opening
    assert plainly_open(found, closing - timedelta(seconds=1))
    assert closing >= start + timedelta(days=SEARCH_DAYS) or not plainly_open(found, closing)


@pytest.mark.parametrize("phone", PHONES, ids=str)
def test_every_zone_and_every_preset_on_both_clock_change_days(phone: str | None) -> None:
    """All presets at once, in each zone there is, from the evening before each change, or before Christmas."""
    for zone in ZONES if phone in EVERYWHERE else ZONES[::7]:
        found = lawful(PRESETS, phone, (zone,), window="always" if phone else "09:00-20:00")
        for day in clock_changes(zone)[:2] or [datetime(2026, 12, 24, tzinfo=UTC)]:
            assert is_open(found.schedule, found.zones, day) is plainly_open(found, day)
            opening = next_opening(found.schedule, found.zones, day)
            assert opening is not None
            assert plainly_open(found, opening)
            assert not plainly_open(found, opening - timedelta(seconds=1)) or opening == day


@settings(max_examples=150, deadline=None)
@given(
    preset=st.lists(st.sampled_from(PRESETS), max_size=6, unique=True),
    phone=st.sampled_from(PHONES),
    zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True),
    window=st.sampled_from(WINDOWS),
    state=st.sampled_from([None, "FL", "UT", "TX", "CA"]),
    quarter=st.integers(0, 365 * 96),
)
def test_never_allowed_outside_and_the_next_opening_is_the_earliest(
    preset: list[str], phone: str | None, zones: list[str], window: str, state: str | None, quarter: int
) -> None:
    """Any presets, number, zones, state and window of our own, across midnight too, at any time of a year."""
    found = lawful(tuple(preset), phone, tuple(zones), state, window=window)
    check_from(found, YEAR + quarter * QUARTER)


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    phone=st.sampled_from(PHONES),
    preset=st.sampled_from(PRESETS),
    hours=st.integers(-30, 30),
)
def test_around_every_clock_change(zone: str, phone: str | None, preset: str, hours: int) -> None:
    """The same within thirty hours of a change."""
    for day in clock_changes(zone):
        check_from(lawful(preset, phone, (zone,)), day + timedelta(hours=hours))


def at(text: str, zone: str) -> datetime:
    """An instant written as wall-clock time in a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


NEW_YORK, MIAMI, LONDON, PARIS, SYDNEY = "+12125550100", "+13055550100", "+442079460000", "+33142685300", "+61255501234"


@pytest.mark.parametrize(
    ("preset", "phone", "state", "wall", "zone", "allowed"),
    [
        ("us_federal", NEW_YORK, None, "2026-11-23 20:30", "America/New_York", True),
        ("us_federal", NEW_YORK, None, "2026-11-23 21:00", "America/New_York", False),
        ("us_federal", NEW_YORK, None, "2026-11-23 07:59", "America/New_York", False),
        ("us_strict", NEW_YORK, None, "2026-11-23 20:30", "America/New_York", True),
        ("us_strict", NEW_YORK, "FL", "2026-11-23 20:30", "America/New_York", False),
        ("us_strict", MIAMI, None, "2026-11-23 20:30", "America/New_York", False),
        ("us_strict", MIAMI, "New York", "2026-11-23 20:30", "America/New_York", True),
        ("us_strict", "+18005551234", None, "2026-11-23 09:30", "America/New_York", False),
        ("us_strict", NEW_YORK, "KY", "2026-11-23 09:30", "America/New_York", False),
        ("us_strict", NEW_YORK, "TX", "2026-11-22 11:30", "America/Chicago", False),
        ("us_strict", NEW_YORK, "TX", "2026-11-22 12:30", "America/Chicago", True),
        ("us_strict", NEW_YORK, "UT", "2026-07-24 12:00", "America/Denver", False),
        ("us_strict", NEW_YORK, "AL", "2026-07-03 12:00", "America/Chicago", False),
        ("us_strict", NEW_YORK, "LA", "2026-02-17 12:00", "America/Chicago", False),
        ("canada", "+16045550132", None, "2026-11-22 17:59", "America/Vancouver", True),
        ("canada", "+16045550132", None, "2026-11-22 18:00", "America/Vancouver", False),
        ("canada", "+16045550132", None, "2026-11-23 21:29", "America/Vancouver", True),
        ("australia", SYDNEY, None, "2026-11-21 16:59", "Australia/Sydney", True),
        ("australia", SYDNEY, None, "2026-11-21 17:00", "Australia/Sydney", False),
        ("australia", SYDNEY, None, "2026-04-06 12:00", "Australia/Sydney", False),
        ("france", PARIS, None, "2026-11-23 12:59", "Europe/Paris", True),
        ("france", PARIS, None, "2026-11-23 13:00", "Europe/Paris", False),
        ("france", PARIS, None, "2026-11-21 11:00", "Europe/Paris", False),
        ("france", PARIS, None, "2026-05-14 11:00", "Europe/Paris", False),
        ("uk", LONDON, None, "2026-11-21 08:30", "Europe/London", False),
        ("uk", LONDON, None, "2026-11-23 08:30", "Europe/London", True),
        ("uk", LONDON, None, "2026-12-28 12:00", "Europe/London", False),
        ("uk", NEW_YORK, None, "2026-11-22 12:00", "Europe/London", False),
        ("france", LONDON, None, "2026-11-22 03:00", "Europe/London", True),
    ],
)
def test_what_the_presets_say(preset: str, phone: str, state: str | None, wall: str, zone: str, allowed: bool) -> None:
    """Hours, weekends, states and holidays, as their statutes are cited."""
    found = lawful(preset, phone, (zone,), state)
    assert (found.schedule is None or is_open(found.schedule, found.zones, at(wall, zone))) is allowed


def test_what_is_told() -> None:
    """Which presets and states bind, for which countries, and by what the state is known."""
    told = lawful(["us_strict", "france"], MIAMI).told
    assert (told["presets"], told["countries"], told["states_from"]) == ("us_strict, us_strict FL", "US", "number")
    told = lawful(["us_strict", "france"], None).told
    assert told["presets"].startswith("us_strict, us_strict AL")
    assert told["presets"].endswith(" more")
    assert (told["countries"], told["states_from"]) == ("unknown", "unknown")
    told = lawful("france", LONDON, window="09:00-20:00").told
    assert told["presets"] == "none of france is for there"


def test_settings_of_our_own_narrow_further() -> None:
    """Windows by weekday and holidays stand beside the preset; both bind."""
    found = lawful_hours(
        Hours.model_validate({"window": {"mon-fri": "10:00-18:00"}, "preset": "uk", "holidays": ["2026-11-24"]}),
        phone=LONDON, zones=(), address=None,
    )  # fmt: skip
    assert next_opening(found.schedule, found.zones, at("2026-11-23 18:00", "Europe/London")) == at(
        "2026-11-25 10:00", "Europe/London"
    )
    assert found.told["hours"] == "mon-fri 10:00-18:00"
