"""Reading the country and state of an address, and the time zones a person at such an address may be in.

An address is kept as its ISO 3166 code: a state or province (`US-FL`, `CA-ON`, `AU-NSW`) where it is one we know the
zones of, else the country (`GB`).
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from types import MappingProxyType

import yaml

_ALSO_CALLED = {
    "USA": "US", "UNITED STATES OF AMERICA": "US", "U.S.": "US", "U.S.A.": "US", "UK": "GB", "UNITED KINGDOM": "GB",
    "GREAT BRITAIN": "GB", "ENGLAND": "GB", "SCOTLAND": "GB", "WALES": "GB", "NORTHERN IRELAND": "GB",
    "CAN": "CA", "AUS": "AU", "GBR": "GB", "FRA": "FR", "DEU": "DE",
}  # fmt: skip


def read_address(country: str | None, state: str | None) -> str | None:
    """The code of what an address says, as people write it: `fl`, `US-FL`, `Florida`, `Ontario`, `United Kingdom`.

    A state without a country is one of the US, or one of another country by its whole name. None: nothing known.
    """
    found = _country_code(country or "")
    named = (state or "").strip().upper()
    if named in _states():
        return named if found in {None, named[:2]} else found
    for home in (found,) if found else ("US",):
        if f"{home}-{named}" in _states():
            return f"{home}-{named}"
    by_name = _state_names().get(named)
    return by_name if by_name and found in {None, by_name[:2]} else found


def zones_at(address: str) -> tuple[str, ...]:
    """Every IANA zone that a part of the state, or of the country, keeps."""
    entry = _states().get(address)
    if entry is not None:
        return tuple(entry["zones"])
    return country_zones().get(address, ())


def is_state(address: str) -> bool:
    """Whether the address names more than its country."""
    return address in _states()


def country_of(address: str) -> str:
    """ISO 3166-1."""
    return address[:2]


def state_of_area_code(code: str) -> str | None:
    """The postal code of the US state a number's area code lies in; None where it may be of any."""
    return _area_codes().get(code)


@lru_cache(maxsize=1)
def us_states() -> frozenset[str]:
    """The postal codes of the states of the US, and of DC."""
    return frozenset(code[3:] for code in _states() if code.startswith("US-"))


@lru_cache(maxsize=1)
def country_zones() -> Mapping[str, tuple[str, ...]]:
    """The zones of each country, from tzdata's zone.tab."""
    found: dict[str, list[str]] = {}
    for code, _, zone, *_ in _tab("zone.tab"):
        found.setdefault(code, []).append(zone)
    return MappingProxyType({code: tuple(zones) for code, zones in found.items()})


@lru_cache(maxsize=1)
def zone_countries() -> Mapping[str, tuple[str, ...]]:
    """The countries of each zone, from tzdata's zone1970.tab; a name it does not have tells of no country."""
    rows = (*_tab("zone.tab"), *_tab("zone1970.tab"))
    return MappingProxyType({zone: tuple(codes.split(",")) for codes, _, zone, *_ in rows})


def _country_code(text: str) -> str | None:
    plain = text.strip().upper()
    return plain if plain in country_zones() else _ALSO_CALLED.get(plain) or _country_names().get(plain)


@lru_cache(maxsize=1)
def _country_names() -> Mapping[str, str]:
    return MappingProxyType({name.upper(): code for code, name, *_ in _tab("iso3166.tab")})


def _tab(name: str) -> list[list[str]]:
    text = (resources.files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


@lru_cache(maxsize=1)
def _states() -> Mapping[str, Mapping[str, list[str]]]:
    text = (resources.files("gateway") / "states.yaml").read_text(encoding="utf-8")
    return MappingProxyType(yaml.load(text, yaml.CBaseLoader))  # noqa: S506 - every scalar stays text: no objects


@lru_cache(maxsize=1)
def _state_names() -> Mapping[str, str]:
    return MappingProxyType({str(entry["name"]).upper(): code for code, entry in _states().items()})


@lru_cache(maxsize=1)
def _area_codes() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for state, entry in _states().items():
        found.update(dict.fromkeys(entry.get("area_codes", ()), state[3:]))
    return MappingProxyType(found)
