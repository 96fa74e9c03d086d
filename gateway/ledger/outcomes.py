"""What the ledger keeps of an attempt's outcome."""

from datetime import datetime, timedelta

from gateway.ids import digest
from gateway.ledger.encoding import facts_json
from gateway.ledger.instants import to_ms
from gateway.model import CallState, Outcome, Placed, Refused, Uncertain, Unsent
from gateway.reasons import Reason

_PROBE_AFTER = timedelta(seconds=60)
_DETAIL_CHARACTERS = 1000
_RESPONSE_CHARACTERS = 4096


def finish_arguments(outcome: Outcome, *, now: datetime, retry_at: datetime) -> tuple[str | int, ...]:
    """The finish script's arguments after the hold."""
    state, reason, detail = _meaning(outcome)
    stops = isinstance(outcome, Unsent) and outcome.stops_account
    placed = outcome if isinstance(outcome, Placed) else None
    detail = detail[:_DETAIL_CHARACTERS]
    return (
        state,
        reason,
        detail,
        "" if outcome.status is None else facts_json({"status": str(outcome.status)}),
        to_ms(retry_at),
        to_ms(max(retry_at, now + _PROBE_AFTER)) if stops else "",
        (placed.provider_call_id or "") if placed else "",
        placed.response[:_RESPONSE_CHARACTERS] if placed else "",
        digest(state, reason, detail, str(outcome.status))[:16],
    )


def _meaning(outcome: Outcome) -> tuple[CallState, Reason, str]:
    match outcome:
        case Placed():
            return CallState.PLACED, Reason.PLACED, ""
        case Refused():
            return CallState.REJECTED, outcome.reason, outcome.detail
        case Unsent():
            return CallState.READY, outcome.reason, outcome.detail
        case Uncertain():
            return CallState.UNKNOWN, outcome.cause, outcome.detail
