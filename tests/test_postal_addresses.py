"""Reading addresses as people write them, and the zones of every state we know."""

import pytest

from gateway.addresses import country_zones, read_address, us_states, zones_at
from gateway.calling_hours import is_zone

STATES = {
    "US": [f"US-{state}" for state in sorted(us_states())],
    "CA": [f"CA-{code}" for code in ["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"]],
    "AU": [f"AU-{code}" for code in ["ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA"]],
}


@pytest.mark.parametrize(
    ("country", "state", "address"),
    [
        (None, "fl", "US-FL"),
        (None, "US-FL", "US-FL"),
        ("", " Florida ", "US-FL"),
        (None, "district of columbia", "US-DC"),
        (None, "Ontario", "CA-ON"),
        (None, "ON", None),
        (None, "WA", "US-WA"),
        ("Australia", "WA", "AU-WA"),
        ("AU", "Western Australia", "AU-WA"),
        ("Canada", "Florida", "CA"),
        ("US", "CA-ON", "US"),
        ("United Kingdom", "Kent", "GB"),
        ("Britain (UK)", None, "GB"),
        ("usa", "TX", "US-TX"),
        ("Atlantis", "Florida", "US-FL"),
        ("Atlantis", None, None),
        (None, None, None),
    ],
)
def test_addresses_as_people_write_them(country: str | None, state: str | None, address: str | None) -> None:
    """A country that is said decides which state a code means; what nobody can read is not known, never guessed."""
    assert read_address(country, state) == address


@pytest.mark.parametrize("country", STATES)
def test_the_states_of_a_country_cover_every_zone_it_has(country: str) -> None:
    """No zone of tzdata is forgotten, and none of another country stands in: a missing one could ring at night."""
    kept = {zone for state in STATES[country] for zone in zones_at(state)}
    assert all(is_zone(zone) for zone in kept)
    assert kept == set(country_zones()[country])


@pytest.mark.parametrize("state", [state for states in STATES.values() for state in states])
def test_every_state_is_known(state: str) -> None:
    """Each has a zone at least, and reads as itself."""
    assert zones_at(state)
    assert read_address(None, state) == state
