"""The hours of the simulated week, written down anew: what the product's own answer is held against.

Nothing here reads the product's presets or its hours: windows are the week's own (Monday to Saturday, 9 to 20)
narrowed by hand from the statutes, zones of a number come straight from the phonenumbers library.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone
from simulation.people import Person

THANKSGIVING, ST_ANDREW = date(2026, 11, 26), date(2026, 11, 30)
Windows = Sequence[tuple[int, int]]
_STEP = timedelta(minutes=5)
_USUAL: Windows = ((540, 1200),)
_SATURDAYS: Mapping[str, Windows] = {"CA": ((600, 1080),), "AU": ((540, 1020),), "FR": (), "": ((600, 1020),)}
_WEEKDAYS: Mapping[str, Windows] = {"FR": ((600, 780), (840, 1200)), "": ((600, 1080),)}


def windows(country: str, state: str, day: date) -> Windows:
    """The open minutes of a local day: Canada's weekends from 10 to 18 (CRTC), Australia's Saturdays to 17 (ACMA),
    France's weekdays without the hour before 14 (decree 2022-1313), Alabama and Britain without their holidays.

    Of who is only assumed to be in New York's zone, the strictest state: Kentucky from 10, Rhode Island to 18 and 17.
    """
    weekday = day.weekday()
    if weekday == 6 or _holiday(country, state, day):
        return ()
    if weekday == 5:
        return _SATURDAYS.get(country, _USUAL)
    return _WEEKDAYS.get(country, _USUAL)


def _holiday(country: str, state: str, day: date) -> bool:
    return (day == THANKSGIVING and (state == "AL" or not country)) or (day == ST_ANDREW and country == "GB")


@lru_cache(maxsize=100_000)
def possible_zones(phone: str) -> tuple[str, ...]:
    """Where the subscriber of a number may be, by the library's own data."""
    return tuple(timezone.time_zones_for_number(phonenumbers.parse(phone)))


def zones_of(person: Person) -> tuple[str, ...]:
    """Every zone that must agree: the one that was told, or all the number may be in."""
    return (person.told_zone,) if person.told_zone else possible_zones(person.phone)


def is_lawful(person: Person, at: datetime) -> bool:
    """Whether this person's phone may ring now: where they are, and everywhere they may be."""
    zones = {person.zone, *zones_of(person)}
    return all(_open(person, at.astimezone(ZoneInfo(zone))) for zone in zones)


def first_opening(person: Person, at: datetime) -> datetime:
    """The first lawful instant from `at` on, to five minutes."""
    while not is_lawful(person, at):
        at += _STEP
    return at


def _open(person: Person, local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in windows(person.country, person.state, local.date()))
