"""Where a person may be: time zones, countries and, in the US, states; every one that cannot be ruled out."""

from collections.abc import Sequence

from gateway.addresses import country_of, is_state, state_of_area_code, zone_countries, zones_at
from gateway.calling_hours import is_zone
from gateway.model import record
from gateway.phones import regions_of, zones_of


@record
class Whereabouts:
    """What is known, and where it was taken from; `states` None: any of them."""

    zones: tuple[str, ...]
    zones_from: str  # payload, address, number, assumed or unknown
    regions: frozenset[str]  # ISO 3166 countries; empty: any of them
    states: frozenset[str] | None  # US postal codes
    states_from: str  # address, number or unknown


def whereabouts(
    *, phone: str | None, zones: Sequence[str], address: str | None, assume_zone: str | None
) -> Whereabouts:
    """Zones are the payload's, else the address's, else the number's, else the assumed one.

    Countries are the number's, the address's, and those of a zone that was given or assumed. The state is the
    address's, else any the number's area code lies in. `address` is an ISO 3166 code (addresses.py).
    """
    regions = regions_of(phone) if phone else ()
    found, origin = zones_where(phone=phone, zones=zones, address=address, assume_zone=assume_zone)
    told = found if origin in {"payload", "assumed"} else ()
    placed = [region for zone in told for region in zone_countries().get(zone, ())]
    lived = [country_of(address)] if address else []
    states, states_from = _states(phone, address)
    return Whereabouts(
        zones=found,
        zones_from=origin,
        regions=frozenset((*regions, *placed, *lived)),
        states=states,
        states_from=states_from,
    )


def zones_where(
    *, phone: str | None, zones: Sequence[str], address: str | None, assume_zone: str | None
) -> tuple[tuple[str, ...], str]:
    """The zones alone and where they were taken from: of which countries a number may be takes longer to find out."""
    given = tuple(zone for zone in zones if is_zone(zone))
    if given:
        return given, "payload"
    by_number = zones_of(phone) if phone else ()
    # A country alone says less than a number of that country.
    if address and (is_state(address) or not by_number or address not in regions_of(phone or "")):
        return zones_at(address), "address"
    if by_number:
        return by_number, "number"
    if assume_zone and is_zone(assume_zone):
        return (assume_zone,), "assumed"
    return (), "unknown"


def _states(phone: str | None, address: str | None) -> tuple[frozenset[str] | None, str]:
    if address and is_state(address) and country_of(address) == "US":
        return frozenset({address[3:]}), "address"
    by_number = state_of_area_code(phone[2:5]) if phone and phone.startswith("+1") else None
    return (frozenset({by_number}), "number") if by_number else (None, "unknown")
