"""A lead older than its limit does not ring."""

from datetime import datetime

from gateway.contracts import CallFacts, Guard
from gateway.model import Verdict
from gateway.reasons import Reason

_NAME = "freshness"


def look(facts: CallFacts, now: datetime) -> Verdict:
    """Block once `expires_at` has come; until then the allow is good up to that instant.

    It always knows: every call carries its limit.
    """
    told = {"expires_at": facts.expires_at.isoformat()}
    if now >= facts.expires_at:
        return Verdict(guard=_NAME, allow=False, reason=Reason.EXPIRED, facts=told)
    return Verdict(guard=_NAME, allow=True, valid_until=facts.expires_at, facts=told)


GUARD = Guard(name=_NAME, look=look, order=10)
