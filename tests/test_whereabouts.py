"""Where a person may be: what the payload says, else what the number allows, else what is assumed; nothing guessed."""

import pytest

from gateway.addresses import zones_at
from gateway.phones import regions_of
from gateway.whereabouts import Whereabouts, whereabouts


def found(
    phone: str | None = None, zones: tuple[str, ...] = (), address: str | None = None, assume: str | None = None
) -> Whereabouts:
    """Where this person may be."""
    return whereabouts(phone=phone, zones=zones, address=address, assume_zone=assume)


@pytest.mark.parametrize(
    ("where", "zones_from", "regions", "states"),
    [
        (found("+13055550100"), "number", {"US"}, {"FL"}),
        (found("+13055550100", address="US-NY"), "address", {"US"}, {"NY"}),
        (found("+13055550100", address="CA-ON"), "address", {"US", "CA"}, {"FL"}),
        (found("+13055550100", address="US"), "number", {"US"}, {"FL"}),
        (found("+13055550100", address="GB"), "address", {"US", "GB"}, {"FL"}),
        (found("+13055550100", ("America/Denver",), "US-NY"), "payload", {"US"}, {"NY"}),
        (found(address="AU-QLD", assume="Europe/Paris"), "address", {"AU"}, None),
        (found("+442079460000", ("America/Denver",)), "payload", {"GB", "US"}, None),
        (found("+442079460000", ("Mars/Olympus",)), "number", {"GB"}, None),
        (found(assume="Europe/Paris"), "assumed", {"FR", "MC"}, None),
        (found(assume="Mars/Olympus"), "unknown", set(), None),
        (found("+870773111632"), "unknown", set(), None),
        (found("nonsense"), "unknown", set(), None),
        (found(zones=("UTC",)), "payload", set(), None),
    ],
)
def test_where(where: Whereabouts, zones_from: str, regions: set[str], states: set[str] | None) -> None:
    """No country is any country, no state is any state."""
    assert where.zones_from == zones_from
    assert where.regions == regions
    assert where.states == (None if states is None else frozenset(states))


def test_a_toll_free_number_may_be_anywhere_in_north_america() -> None:
    """In any state, too."""
    assert {"US", "CA", "JM"} <= set(regions_of("+18005551234"))
    assert found("+18005551234").states is None


def test_the_zones_of_an_address_are_all_that_its_state_keeps() -> None:
    """Florida lies in two zones, and both must agree; a country's zones are all of its own."""
    assert found(address="US-FL").zones == ("America/New_York", "America/Chicago")
    assert found(address="FR").zones == ("Europe/Paris",)
    assert found(address="US").zones == zones_at("US")
