"""The hours that bind a call: its rule's own, and those of every preset for where the person may be."""

from collections.abc import Mapping

from gateway.calling_hours import Schedule, Week, limiting, week_of
from gateway.model import record
from gateway.policy import Hours, Windows
from gateway.presets import load_presets
from gateway.whereabouts import Whereabouts, whereabouts, zones_where

_PLACES_SHOWN = 8
_NONE: Mapping[str, Windows] = {}


@record
class LawfulHours:
    """When it may ring (`schedule` None: always), for which zones, and what to tell of how that was decided."""

    schedule: Schedule | None
    zones: tuple[str, ...]
    told: Mapping[str, str]


def lawful_hours(
    hours: Hours,
    *,
    phone: str | None,
    zones: tuple[str, ...],
    address: str | None,
    beside: Mapping[str, Windows] = _NONE,
) -> LawfulHours:
    """What binds: the windows and holidays of the settings, and each named preset whose countries the person may be
    in; of its states, every one the person may be in. A country that is not known may be any.

    `beside` are the hours of the source and the number, by what they are of: they only narrow.
    """
    found, origin = zones_where(phone=phone, zones=zones, address=address, assume_zone=hours.assume_zone)
    own = own_week(hours)
    narrower = [own_week(windows, f"{of}: ") for of, windows in beside.items()]
    presets = tuple(dict.fromkeys(name for windows in (hours, *beside.values()) for name in windows.preset))
    weeks: list[Week] = []
    told = {"hours": own.name, "zones": ", ".join(found), "zones_from": origin}
    if narrower:
        told["besides"] = "; ".join(week.name for week in narrower)
    if presets:
        where = whereabouts(phone=phone, zones=zones, address=address, assume_zone=hours.assume_zone)
        weeks = _preset_weeks(presets, where)
        told.update(_told_of_presets(presets, weeks, where))
    schedule = limiting([own, *narrower, *weeks])
    return LawfulHours(schedule=schedule, zones=found, told={"hours": "always"} if schedule is None else told)


def own_week(hours: Windows, of: str = "") -> Week:
    """The settings' own windows and holidays, named as they are written, after what they are `of`."""
    if isinstance(hours.window, str):
        return week_of(f"{of}{hours.window} {hours.days}", {hours.days: hours.window}, hours.holidays)
    name = of + ", ".join(f"{days} {window}" for days, window in hours.window.items())
    return week_of(name, hours.window, hours.holidays)


def _preset_weeks(names: tuple[str, ...], where: Whereabouts) -> list[Week]:
    presets = [preset for name in names if (preset := load_presets().get(name))]
    binding = [preset for preset in presets if not where.regions or preset.regions & where.regions]
    return [week for preset in binding for week in preset.weeks(where.states)]


def _told_of_presets(presets: tuple[str, ...], weeks: list[Week], where: Whereabouts) -> Mapping[str, str]:
    """Which presets bind, for which countries and states; `none` where no named one covers the person's."""
    names = [week.name for week in weeks]
    more = f" and {len(names) - _PLACES_SHOWN} more" if len(names) > _PLACES_SHOWN else ""
    return {
        "presets": ", ".join(names[:_PLACES_SHOWN]) + more or f"none of {', '.join(presets)} is for there",
        "countries": ", ".join(sorted(where.regions)) or "unknown",
        "states_from": where.states_from,
    }
