"""The checks of the simulated week find what they are there to find: none of them is a check that cannot fail."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from simulation.arrivals import Arrival
from simulation.checks import Heard, broken_promises
from simulation.far_end import Ring
from simulation.people import Person

ANA = Person(number=1, phone="+12122000001", zone="America/New_York", country="US", state="NY", told_zone=None)
NOON = datetime(2026, 11, 25, 17, tzinfo=UTC)  # Wednesday noon in New York
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


def lead(at: datetime, *, source: str = "crm", kind: str = "lead", person: Person = ANA) -> Arrival:
    """A webhook about Ana."""
    return Arrival(at=at, source=source, person=person, id=f"{source}-{at}", kind=kind)


def rung(at: datetime, asked: Arrival, *, contact: str = "ct_1", number: str = "pn_east") -> Heard:
    """Her phone rang."""
    return Heard(ring=Ring(at=at, call_id="cl_1", contact_id=contact, number_id=number), lead=asked)


def test_a_ring_as_it_should_be_breaks_nothing() -> None:
    """Rung at noon for a lead of noon: every promise holds."""
    assert broken_promises([rung(NOON + SECOND, lead(NOON))], [lead(NOON)]) == []


@pytest.mark.parametrize(
    ("says", "heard", "posted"),
    [
        ("wrong phone", [rung(NOON, lead(NOON), contact="ct_2")], []),
        ("outside hours", [rung(NOON + 10 * HOUR, lead(NOON))], []),
        ("twice within", [rung(NOON, lead(NOON)), rung(NOON + 9 * MINUTE, lead(NOON))], []),
        ("more than 2 in", [rung(NOON + turn * HOUR, lead(NOON)) for turn in range(3)], []),
        ("after opting out", [rung(NOON, lead(NOON))], [lead(NOON - MINUTE, kind="opt-out")]),
        ("too late", [rung(NOON + 25 * HOUR, lead(NOON))], []),
        ("too late", [rung(NOON + 5 * HOUR, lead(NOON, source="partner"))], []),
        ("while everything was stopped", [rung(NOON - 23.5 * HOUR, lead(NOON - 24 * HOUR))], []),
        (
            "too fast",
            [
                rung(NOON, lead(NOON, person=Person(**(ANA.__dict__ | {"number": number}))), contact=f"ct_{number}")
                for number in range(4)
            ],
            [],
        ),
    ],
    ids=["person", "hours", "cooldown", "cap", "opt-out", "expiry", "strict expiry", "stop", "pace"],
)
def test_each_broken_promise_is_found(says: str, heard: Sequence[Heard], posted: Sequence[Arrival]) -> None:
    """A ring that must not be is told, and nothing else with it."""
    found = broken_promises(heard, posted)
    assert found
    assert all(one.startswith(says) for one in found)


@pytest.mark.parametrize(
    ("zone", "country", "state", "at", "lawful"),
    [
        ("America/New_York", "US", "NY", "2026-11-25T13:59", False),
        ("America/New_York", "US", "NY", "2026-11-25T14:00", True),
        ("America/Chicago", "US", "AL", "2026-11-26T17:00", False),
        ("Europe/Paris", "FR", "", "2026-11-25T12:30", False),
        ("Australia/Sydney", "AU", "", "2026-11-28T06:30", False),
        ("Europe/London", "GB", "", "2026-11-29T12:00", False),
    ],
    ids=["before nine", "from nine", "Thanksgiving in Alabama", "lunch in France", "Saturday in Sydney", "Sunday"],
)
def test_the_hours_written_down_anew(zone: str, country: str, state: str, at: str, lawful: bool) -> None:
    """The check's own hours are right where it matters; they are what the product's are held against."""
    person = Person(number=1, phone="+12122000001", zone=zone, country=country, state=state, told_zone=zone)
    rings = [rung(datetime.fromisoformat(at).replace(tzinfo=UTC), lead(NOON, person=person))]
    assert lawful == (not [one for one in broken_promises(rings, []) if one.startswith("outside hours")])
