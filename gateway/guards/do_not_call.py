"""Nobody on the do-not-call list is rung."""

from datetime import datetime, timedelta

from gateway.contracts import CallFacts, Guard
from gateway.model import Verdict
from gateway.reasons import Reason

_NAME = "do_not_call"
_LOOK_AGAIN = timedelta(seconds=60)


def look(facts: CallFacts, now: datetime) -> Verdict:
    """Block whose phone, e-mail address or contact id is listed.

    When the list could not be read it defers for a minute, and so on: it never allows without having looked.
    """
    if facts.listed is None:
        told = {"list": "could not be read"}
        return Verdict(guard=_NAME, allow=False, reason=Reason.DO_NOT_CALL_UNREAD, until=now + _LOOK_AGAIN, facts=told)
    if facts.listed:
        return Verdict(guard=_NAME, allow=False, reason=Reason.DO_NOT_CALL, facts={"by": ", ".join(facts.listed)})
    return Verdict(guard=_NAME, allow=True, facts={"list": "not on it"})


GUARD = Guard(name=_NAME, look=look, order=15)
