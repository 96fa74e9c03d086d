"""What must hold of the week, from what was posted and what rang: each broken promise as a sentence."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulation.arrivals import Arrival
from simulation.desk import STOPPED
from simulation.far_end import Ring
from simulation.lawful import first_opening, is_lawful
from simulation.people import Person

COOLDOWN = timedelta(minutes=10)
CAPS = ((timedelta(days=1), 2), (timedelta(days=7), 5))
EXPIRES_AFTER = timedelta(hours=24)
STRICT_LIMIT = timedelta(hours=4)
AFTER_OPENING = timedelta(hours=2)
PACE = {"pn_east": (3, 500), "pn_west": (3, 500), "pn_world": (2, 300)}
A_SECOND, AN_HOUR = timedelta(seconds=1), timedelta(hours=1)
A_TICK = timedelta(milliseconds=1)  # the ledger counts in milliseconds


@dataclass(frozen=True)
class Heard:
    """A ring, whose phone it was, and the lead that asked for it."""

    ring: Ring
    lead: Arrival

    @property
    def at(self) -> datetime:
        """When it rang."""
        return self.ring.at

    @property
    def person(self) -> Person:
        """Whose phone it was."""
        return self.lead.person


def broken_promises(heard: Sequence[Heard], posted: Sequence[Arrival]) -> Sequence[str]:
    """Every promise that does not hold, with whom and when; empty is what must be."""
    checks = (_wrong_person, _outside_hours, _too_often, _after_opt_out, _too_late, _while_stopped, _too_fast)
    ordered = sorted(heard, key=lambda one: one.at)
    return [broken for check in checks for broken in check(ordered, posted)]


def _wrong_person(heard: Sequence[Heard], _: Sequence[Arrival]) -> Iterator[str]:
    for one in heard:
        if one.ring.contact_id != one.person.contact_id:
            yield f"wrong phone: {_whom(one)} was meant, {one.ring.contact_id} rang"


def _outside_hours(heard: Sequence[Heard], _: Sequence[Arrival]) -> Iterator[str]:
    for one in heard:
        if not is_lawful(one.person, one.at):
            yield f"outside hours: {_whom(one)}, who is in {one.person.zone}"


def _too_often(heard: Sequence[Heard], _: Sequence[Arrival]) -> Iterator[str]:
    by_person: Mapping[int, list[Heard]] = defaultdict(list)
    for one in heard:
        earlier = by_person[one.person.number]
        if earlier and one.at - earlier[-1].at < COOLDOWN:
            yield f"twice within {COOLDOWN}: {_whom(one)}"
        for window, limit in CAPS:
            if sum(other.at > one.at - window + A_TICK for other in earlier) >= limit:
                yield f"more than {limit} in {window}: {_whom(one)}"
        earlier.append(one)


def _after_opt_out(heard: Sequence[Heard], posted: Sequence[Arrival]) -> Iterator[str]:
    since: dict[int, datetime] = {}
    for arrival in posted:
        if arrival.kind == "opt-out":
            since[arrival.person.number] = min(arrival.at, since.get(arrival.person.number, arrival.at))
    for one in heard:
        if one.person.number in since and one.at > since[one.person.number]:
            yield f"after opting out: {_whom(one)}"


def _too_late(heard: Sequence[Heard], _: Sequence[Arrival]) -> Iterator[str]:
    for one in heard:
        age, strict = one.at - one.lead.at, one.lead.source == "partner"
        if age <= (STRICT_LIMIT if strict else EXPIRES_AFTER):
            continue
        if strict or one.at > first_opening(one.person, one.lead.at) + AFTER_OPENING:
            yield f"too late, {age} after the lead: {_whom(one)}"


def _while_stopped(heard: Sequence[Heard], _: Sequence[Arrival]) -> Iterator[str]:
    for one in heard:
        if STOPPED[0] < one.at < STOPPED[1]:
            yield f"while everything was stopped: {_whom(one)}"


def _too_fast(heard: Sequence[Heard], _: Sequence[Arrival]) -> Iterator[str]:
    by_number: Mapping[str, list[datetime]] = defaultdict(list)
    for one in heard:
        by_number[one.ring.number_id].append(one.at)
    for number, times in by_number.items():
        for window, limit in zip((A_SECOND, AN_HOUR), PACE[number], strict=True):
            for earlier, later in zip(times, times[limit:], strict=False):
                if later - earlier < window - A_TICK:
                    yield f"too fast from {number}: {limit + 1} within {later - earlier}"


def _whom(one: Heard) -> str:
    return f"person {one.person.number} at {one.at.isoformat(timespec='seconds')}"
