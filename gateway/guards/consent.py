"""Where a rule requires consent, nobody rings without it, nor on one that has grown too old."""

from datetime import datetime, timedelta

from gateway.contracts import CallFacts, Guard
from gateway.model import Consent, Verdict
from gateway.reasons import Reason

_NAME = "consent"
_AHEAD = timedelta(days=1)  # a time without its zone may seem to lie ahead by up to 14 hours


def look(facts: CallFacts, now: datetime) -> Verdict:
    """Allow where none is required or it was given; block where it is missing, undated though it may age, or too old.

    What the rule requires now counts; what the payload told was kept when the call was accepted.
    """
    terms, consent = facts.policy.consent, facts.consent or Consent()
    if not terms.required:
        return Verdict(guard=_NAME, allow=True, facts={"consent": "not required"})
    told = {
        "basis": consent.basis or "none",
        "at": consent.at.isoformat() if consent.at else "unknown",
        "source": consent.source or "unknown",
    }
    if consent.basis is None:
        return Verdict(guard=_NAME, allow=False, reason=Reason.CONSENT_MISSING, facts=told)
    if terms.max_age is None:
        return Verdict(guard=_NAME, allow=True, facts=told)
    if consent.at is None or consent.at > now + _AHEAD:
        return Verdict(guard=_NAME, allow=False, reason=Reason.CONSENT_MISSING, facts=told)
    if consent.at + terms.max_age <= now:
        return Verdict(guard=_NAME, allow=False, reason=Reason.CONSENT_TOO_OLD, facts=told)
    return Verdict(guard=_NAME, allow=True, valid_until=consent.at + terms.max_age, facts=told)


GUARD = Guard(name=_NAME, look=look, order=25)
