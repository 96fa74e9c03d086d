"""Numbers that must never ring, and regions a rule may not ring, looked at again as the call is dialled."""

from datetime import datetime

from gateway.contracts import CallFacts, Guard
from gateway.model import Verdict
from gateway.phones import parse_phone
from gateway.reasons import Reason

_NAME = "destination"


def look(facts: CallFacts, _now: datetime) -> Verdict:
    """Block premium, shared-cost, satellite, short, emergency and invalid numbers, and regions not allowed.

    The rule may have changed since the call was accepted: its regions of now count. When the number is not
    known, because the call names a contact by its id, there is nothing to look at and it allows: the phone
    behind an id is chosen by the account's own people, and a public source cannot name one.
    """
    if facts.phone is None:
        return Verdict(guard=_NAME, allow=True, facts={"phone": "not known here"})
    phone = parse_phone(facts.phone, region=None)
    if phone.refused is not None:
        return _block(phone.refused, phone.region)
    if facts.regions is not None and phone.region not in facts.regions:
        return _block(Reason.REGION_NOT_ALLOWED, phone.region)
    return Verdict(guard=_NAME, allow=True, facts={"region": phone.region or "none"})


def _block(reason: Reason, region: str | None) -> Verdict:
    return Verdict(guard=_NAME, allow=False, reason=reason, facts={"region": region or "none"})


GUARD = Guard(name=_NAME, look=look, order=20)
