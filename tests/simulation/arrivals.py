"""Everything that is posted in the simulated week: leads, their copies, imports and opt-outs, in order of time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from simulation.people import Person, population

START = datetime(2026, 11, 23, tzinfo=UTC)  # a Monday; Thursday is Thanksgiving
WEEK = timedelta(days=7)
IMPORT_AT = START + timedelta(days=2, hours=15, minutes=30)
IMPORT_SPAN = timedelta(minutes=5)
IMPORT_SHARE, COPY_SHARE, RESEND_SHARE, OPT_OUT_SHARE = 0.15, 0.14, 0.05, 0.04
EAGER_SHARE, EAGER_LEADS = 0.004, 12
BY_DAY_SHARE = 0.7
OF_ONES_OWN = ("site-form", "site-form", "crm", "zapier", "partner")
_KNOWN_TO_ALL = ("site-form", "crm", "zapier", "partner")


@dataclass(frozen=True)
class Arrival:
    """One webhook: when, at which source, about whom. The same `id` twice is the sender's own retry."""

    at: datetime
    source: str
    person: Person
    id: str
    kind: str  # lead, copy, resend, eager, import or opt-out
    consent: bool = True


def arrivals(random: Random, leads: int) -> Sequence[Arrival]:
    """`leads` webhooks that ask for a call, and opt-outs besides, by time."""
    people = population(random, leads)
    made: list[Arrival] = []
    for person in people:
        made += _one_person(random, person)
        if len(made) >= leads - round(leads * IMPORT_SHARE):
            break
    imported = list(_import(random, people[-round(leads * IMPORT_SHARE) :]))
    made = made[: leads - len(imported)] + imported
    opt_outs = [_opt_out(random, lead) for lead in made if random.random() < OPT_OUT_SHARE]
    return sorted([*made, *opt_outs], key=lambda arrival: (arrival.at, arrival.id))


def _one_person(random: Random, person: Person) -> Iterator[Arrival]:
    if person.only_in_crm:
        yield _lead(random, person, "hubspot", _moment(random, person))
        return
    if random.random() < EAGER_SHARE:
        yield from _eager(random, person)
        return
    first = _lead(random, person, random.choice(OF_ONES_OWN), _moment(random, person))
    yield first
    if random.random() < COPY_SHARE:
        other = random.choice([source for source in _KNOWN_TO_ALL if source != first.source])
        later = first.at + timedelta(seconds=random.uniform(0, 540))
        yield replace(_lead(random, person, other, later), kind="copy")
    if random.random() < RESEND_SHARE:
        yield replace(first, at=first.at + timedelta(seconds=random.uniform(1, 500)), kind="resend")


def _eager(random: Random, person: Person) -> Iterator[Arrival]:
    """Somebody who asks again and again: what the caps are for."""
    start = _moment(random, person)
    for turn in range(EAGER_LEADS):
        at = start + timedelta(hours=turn * random.uniform(0.5, 12))
        if at < START + WEEK:
            yield replace(_lead(random, person, random.choice(OF_ONES_OWN), at), kind="eager")


def _import(random: Random, people: Sequence[Person]) -> Iterator[Arrival]:
    """Somebody loads a list into the CRM."""
    for person in people:
        if not person.only_in_crm:
            at = IMPORT_AT + random.random() * IMPORT_SPAN
            yield replace(_lead(random, person, "crm", at), kind="import")


def _opt_out(random: Random, lead: Arrival) -> Arrival:
    """Before the lead, after it, or while it waits."""
    at = lead.at + timedelta(hours=random.choice((-3, 0.2, 1, 9)) * random.random())
    return Arrival(at=max(START, at), source="unsubscribes", person=lead.person, id=f"stop-{lead.id}", kind="opt-out")


def _lead(random: Random, person: Person, source: str, at: datetime) -> Arrival:
    name = f"{source}-{person.number}-{random.getrandbits(48):012x}"
    return Arrival(at=at, source=source, person=person, id=name, kind="lead", consent=random.random() < 0.9)


def _moment(random: Random, person: Person) -> datetime:
    """Mostly by day where the person is; at any hour too."""
    at = START + random.random() * WEEK
    if random.random() < BY_DAY_SHARE:
        local = at.astimezone(ZoneInfo(person.zone))
        at = local.replace(hour=random.randint(8, 20)).astimezone(UTC)
    return min(max(at, START), START + WEEK - timedelta(minutes=15))
