"""Calling hours at the person's place: lawful in every time zone and by every preset, or not now."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.calling_hours import Schedule, is_open, next_closing, next_opening, why_closed
from gateway.contracts import CallFacts, Guard
from gateway.lawful_hours import lawful_hours
from gateway.model import Verdict
from gateway.reasons import Reason

_NAME = "hours"


def look(facts: CallFacts, now: datetime) -> Verdict:
    """Allow until the window closes, defer to the next opening (or block, with `outside: skip`), or hold.

    Zones are the payload's, else the number's, else the policy's `assume_zone` (told as assumed). When none is
    known, or the candidates share no lawful hour within 31 days, a person must decide: it never guesses.
    """
    lawful = lawful_hours(facts.policy.hours, phone=facts.phone, zones=facts.zones, state=facts.us_state)
    schedule, zones, told = lawful.schedule, lawful.zones, lawful.told
    if schedule is None:
        return Verdict(guard=_NAME, allow=True, facts=told)
    if not zones:
        return Verdict(guard=_NAME, allow=False, reason=Reason.ZONE_UNKNOWN, hold=True, facts=told)
    if is_open(schedule, zones, now):
        return Verdict(guard=_NAME, allow=True, valid_until=next_closing(schedule, zones, now), facts=told)
    told = {**told, **why_closed(schedule, zones, now)}
    return _closed(schedule, zones, facts.policy.hours.outside == "skip", now, told)


def _closed(schedule: Schedule, zones: Sequence[str], skip: bool, now: datetime, told: Mapping[str, str]) -> Verdict:
    if skip:
        return Verdict(guard=_NAME, allow=False, reason=Reason.OUTSIDE_HOURS, facts=told)
    opening = next_opening(schedule, zones, now)
    if opening is None:
        return Verdict(guard=_NAME, allow=False, reason=Reason.NO_COMMON_HOURS, hold=True, facts=told)
    return Verdict(guard=_NAME, allow=False, reason=Reason.OUTSIDE_HOURS, until=opening, facts=told)


GUARD = Guard(name=_NAME, look=look, order=30)
