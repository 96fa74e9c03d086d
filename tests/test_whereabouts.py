"""Where a person may be: what the payload says, else what the number allows, else what is assumed; nothing guessed."""

import pytest

from gateway.phones import regions_of
from gateway.whereabouts import Whereabouts, state_code, whereabouts


def found(
    phone: str | None = None, zones: tuple[str, ...] = (), state: str | None = None, assume: str | None = None
) -> Whereabouts:
    """Where this person may be."""
    return whereabouts(phone=phone, zones=zones, state=state, assume_zone=assume)


@pytest.mark.parametrize(
    ("where", "zones_from", "regions", "states"),
    [
        (found("+13055550100"), "number", {"US"}, {"FL"}),
        (found("+13055550100", state="ny"), "number", {"US"}, {"NY"}),
        (found("+13055550100", state="Ontario"), "number", {"US"}, {"FL"}),
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


@pytest.mark.parametrize(
    ("text", "code"),
    [("fl", "FL"), ("US-FL", "FL"), (" Florida ", "FL"), ("district of columbia", "DC"), ("ON", None), ("", None)],
)
def test_states(text: str, code: str | None) -> None:
    """As addresses write them."""
    assert state_code(text) == code
