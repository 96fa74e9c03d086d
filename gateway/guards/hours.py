"""Calling hours at the person's place: lawful in every time zone and by every preset, or not now.

What waited for one opening does not ring all at once: each call has its own moment after it, by its id, so that asking
again gives the same. Higher priorities have the earlier moments; a lead that comes in meanwhile does not wait at all.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from gateway.calling_hours import Schedule, is_open, next_closing, next_opening, why_closed
from gateway.contracts import CallFacts, Guard
from gateway.ids import digest
from gateway.lawful_hours import lawful_hours
from gateway.model import Priority, Verdict
from gateway.reasons import Reason

_NAME = "hours"
_SHARES: Mapping[Priority, tuple[float, float]] = {  # of the spread, from and to
    Priority.HIGH: (0.0, 0.1),
    Priority.NORMAL: (0.1, 0.7),
    Priority.LOW: (0.7, 1.0),
}


def look(facts: CallFacts, now: datetime) -> Verdict:
    """Allow until the window closes, defer to just after the next opening (or block, with `outside: skip`), or hold.

    Zones are the payload's, else the address's, else the number's, else the policy's `assume_zone` (told as assumed).
    When none is known, or the candidates share no lawful hour within 31 days, a person must decide: it never guesses.
    """
    lawful = lawful_hours(
        facts.policy.hours, phone=facts.phone, zones=facts.zones, address=facts.address, beside=facts.beside
    )
    schedule, zones, told = lawful.schedule, lawful.zones, lawful.told
    if schedule is None:
        return Verdict(guard=_NAME, allow=True, facts=told)
    if not zones:
        return Verdict(guard=_NAME, allow=False, reason=Reason.ZONE_UNKNOWN, hold=True, facts=told)
    if is_open(schedule, zones, now):
        return Verdict(guard=_NAME, allow=True, valid_until=next_closing(schedule, zones, now), facts=told)
    told = {**told, **why_closed(schedule, zones, now)}
    return _closed(facts, schedule, zones, now, told)


def _closed(
    facts: CallFacts, schedule: Schedule, zones: Sequence[str], now: datetime, told: Mapping[str, str]
) -> Verdict:
    if facts.policy.hours.outside == "skip":
        return Verdict(guard=_NAME, allow=False, reason=Reason.OUTSIDE_HOURS, facts=told)
    opening = next_opening(schedule, zones, now)
    if opening is None:
        return Verdict(guard=_NAME, allow=False, reason=Reason.NO_COMMON_HOURS, hold=True, facts=told)
    after = _moment(facts, min(next_closing(schedule, zones, opening), facts.expires_at) - opening)
    if after:
        told = {**told, "opens": opening.isoformat(), "spread": f"{after.total_seconds():.0f} s after it opens"}
    return Verdict(guard=_NAME, allow=False, reason=Reason.OUTSIDE_HOURS, until=opening + after, facts=told)


def _moment(facts: CallFacts, room: timedelta) -> timedelta:
    """How long after the opening this call rings: within the spread, and within half of the `room` there is until the
    window closes or the lead expires. Nothing for what is no call yet, in a dry run."""
    spread = max(min(facts.policy.hours.spread, room / 2), timedelta(0))
    if not facts.call_id:
        return timedelta(0)
    start, end = _SHARES[facts.priority]
    drawn = int(digest("spread", facts.call_id)[:8], 16) / 16**8
    return timedelta(seconds=int(spread.total_seconds() * (start + (end - start) * drawn)))


GUARD = Guard(name=_NAME, look=look, order=30)
