"""What every test of a dialer dials with."""

import time

from gateway.contracts import Credentials, DialOrder
from gateway.model import Outcome, Placed, Uncertain
from gateway.reasons import Reason

SECRET = "abc123xyzSECRET"
TOKEN = f"15c94c3c-1873-4a09-bfbb-03357c29ea50.{SECRET}"
ORGANIZATION = "6d1f0e57-93e4-4f0b-9c53-0c3f6a1f2b7e"
CREDENTIALS = Credentials(account="main", token=TOKEN, organization=None)


def order(*, start_in: float = 60.0, campaign_id: str | None = None) -> DialOrder:
    """An order that may start for another `start_in` seconds."""
    return DialOrder(
        call_id="call_1",
        from_number_id="pn_212",
        contact_id="ct_1",
        campaign_id=campaign_id,
        start_by=time.monotonic() + start_in,
    )


def summary(outcome: Outcome) -> tuple[type, Reason | int]:
    """An outcome's kind with its reason; for a placed call its status."""
    match outcome:
        case Placed():
            return Placed, outcome.status
        case Uncertain():
            return Uncertain, outcome.cause
        case _:
            return type(outcome), outcome.reason
