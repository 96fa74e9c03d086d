"""Calling hours at the person's place: lawful in every time zone they may be in, or not now."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.calling_hours import Schedule, is_open, is_zone, next_closing, next_opening, schedule_of
from gateway.contracts import CallFacts, Guard
from gateway.model import Verdict
from gateway.phones import zones_of
from gateway.policy import Hours
from gateway.reasons import Reason

_NAME = "hours"


def look(facts: CallFacts, now: datetime) -> Verdict:
    """Allow until the window closes, defer to the next opening (or block, with `outside: skip`), or hold.

    Zones are the payload's, else the number's, else the policy's `assume_zone` (told as assumed). When none is
    known, or the candidates share no lawful hour within eight days, a person must decide: it never guesses.
    """
    hours = facts.policy.hours
    schedule = schedule_of(hours.window, hours.days)
    if schedule is None:
        return Verdict(guard=_NAME, allow=True, facts={"hours": "always"})
    zones, origin = _candidates(facts, hours)
    told = {"hours": f"{hours.window} {hours.days}", "zones": ", ".join(zones), "zones_from": origin}
    if not zones:
        return Verdict(guard=_NAME, allow=False, reason=Reason.ZONE_UNKNOWN, hold=True, facts=told)
    if is_open(schedule, zones, now):
        return Verdict(guard=_NAME, allow=True, valid_until=next_closing(schedule, zones, now), facts=told)
    return _closed(schedule, zones, hours, now, told)


def _closed(schedule: Schedule, zones: Sequence[str], hours: Hours, now: datetime, told: Mapping[str, str]) -> Verdict:
    if hours.outside == "skip":
        return Verdict(guard=_NAME, allow=False, reason=Reason.OUTSIDE_HOURS, facts=told)
    opening = next_opening(schedule, zones, now)
    if opening is None:
        return Verdict(guard=_NAME, allow=False, reason=Reason.NO_COMMON_HOURS, hold=True, facts=told)
    return Verdict(guard=_NAME, allow=False, reason=Reason.OUTSIDE_HOURS, until=opening, facts=told)


def _candidates(facts: CallFacts, hours: Hours) -> tuple[Sequence[str], str]:
    """The zones the person may be in, and where they were taken from."""
    given = tuple(zone for zone in facts.zones if is_zone(zone))
    if given:
        return given, "payload"
    by_number = zones_of(facts.phone) if facts.phone else ()
    if by_number:
        return by_number, "number"
    if hours.assume_zone and is_zone(hours.assume_zone):
        return (hours.assume_zone,), "assumed"
    return (), "unknown"


GUARD = Guard(name=_NAME, look=look, order=30)
