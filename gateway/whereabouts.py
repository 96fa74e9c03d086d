"""Where a person may be: time zones, countries and, in the US, states; every one that cannot be ruled out."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from types import MappingProxyType

import yaml

from gateway.calling_hours import is_zone
from gateway.model import record
from gateway.phones import regions_of, zones_of


@record
class Whereabouts:
    """What is known, and where it was taken from; `states` None: any of them."""

    zones: tuple[str, ...]
    zones_from: str  # payload, number, assumed or unknown
    regions: frozenset[str]  # ISO 3166 countries; empty: any of them
    states: frozenset[str] | None  # US postal codes
    states_from: str  # payload, number or unknown


def whereabouts(*, phone: str | None, zones: Sequence[str], state: str | None, assume_zone: str | None) -> Whereabouts:
    """Zones are the payload's, else the number's, else the assumed one. Countries are the number's and those of a zone
    that was given or assumed. The state is the payload's, else any the number's area code lies in."""
    found, origin = _zones(phone, zones, assume_zone)
    regions = regions_of(phone) if phone else ()
    placed = () if origin == "number" else tuple(region for zone in found for region in _zone_regions().get(zone, ()))
    states, states_from = _states(phone, state)
    return Whereabouts(
        zones=found,
        zones_from=origin,
        regions=frozenset((*regions, *placed)),
        states=states,
        states_from=states_from,
    )


def _zones(phone: str | None, zones: Sequence[str], assume_zone: str | None) -> tuple[tuple[str, ...], str]:
    given = tuple(zone for zone in zones if is_zone(zone))
    if given:
        return given, "payload"
    by_number = zones_of(phone) if phone else ()
    if by_number:
        return by_number, "number"
    if assume_zone and is_zone(assume_zone):
        return (assume_zone,), "assumed"
    return (), "unknown"


def _states(phone: str | None, state: str | None) -> tuple[frozenset[str] | None, str]:
    known = state_code(state or "")
    if known is not None:
        return frozenset({known}), "payload"
    by_number = _area_codes().get(phone[2:5]) if phone and phone.startswith("+1") else None
    return (frozenset({by_number}), "number") if by_number else (None, "unknown")


def state_code(text: str) -> str | None:
    """The postal code of a US state by its code or name (`fl`, `US-FL`, `Florida`); None for anything else."""
    plain = text.strip().upper().removeprefix("US-")
    return _state_names().get(plain)


@lru_cache(maxsize=1)
def _states_file() -> Mapping[str, Mapping[str, object]]:
    text = (resources.files("gateway") / "us_states.yaml").read_text(encoding="utf-8")
    return MappingProxyType(yaml.load(text, yaml.CBaseLoader))  # noqa: S506 - every scalar stays text: no objects


@lru_cache(maxsize=1)
def _state_names() -> Mapping[str, str]:
    names = {str(entry["name"]).upper(): code for code, entry in _states_file().items()}
    return MappingProxyType(names | {code: code for code in _states_file()})


@lru_cache(maxsize=1)
def _area_codes() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for state, entry in _states_file().items():
        codes = entry["area_codes"]
        found.update(dict.fromkeys(codes if isinstance(codes, list) else (), state))
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def _zone_regions() -> Mapping[str, tuple[str, ...]]:
    """The countries of each zone, from tzdata's zone1970.tab; a name it does not have tells of no country."""
    text = (resources.files("tzdata") / "zoneinfo" / "zone1970.tab").read_text(encoding="utf-8")
    old = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in (*old.splitlines(), *text.splitlines()) if not line.startswith("#")]
    return MappingProxyType({zone: tuple(codes.split(",")) for codes, _, zone, *_ in rows})
