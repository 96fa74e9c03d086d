"""A registry that must not be too old has been scrubbed lately enough, or nobody under it is rung."""

from datetime import datetime, timedelta

from gateway.contracts import CallFacts, Guard
from gateway.model import Verdict
from gateway.reasons import Reason

_NAME = "scrub"
_LOOK_AGAIN = timedelta(minutes=5)


def look(facts: CallFacts, now: datetime) -> Verdict:
    """Allow until the first of the lists grows too old; defer by minutes while one is too old or was never scrubbed.

    When the marks could not be read it defers too: it never allows without having looked.
    """
    if facts.scrubs is None:
        told = {"scrubs": "could not be read"}
        return Verdict(guard=_NAME, allow=False, reason=Reason.DO_NOT_CALL_UNREAD, until=now + _LOOK_AGAIN, facts=told)
    if not facts.scrubs:
        return Verdict(guard=_NAME, allow=True, facts={"lists": "none is required"})
    told = {one.list: one.at.isoformat() if one.at else "never" for one in facts.scrubs}
    overdue = [one.list for one in facts.scrubs if one.good_until is None or one.good_until <= now]
    if overdue:
        told["overdue"] = ", ".join(overdue)
        return Verdict(guard=_NAME, allow=False, reason=Reason.SCRUB_OVERDUE, until=now + _LOOK_AGAIN, facts=told)
    until = min(one.good_until for one in facts.scrubs if one.good_until is not None)
    return Verdict(guard=_NAME, allow=True, valid_until=until, facts=told)


GUARD = Guard(name=_NAME, look=look, order=22)
