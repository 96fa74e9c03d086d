"""Endings and grants as bytes: ids, fences, reasons and times. Never a phone number or a secret."""

from typing import Any, assert_never

import orjson

from gateway.errors import GatewayError
from gateway.journal import Ending
from gateway.ledger.instants import from_ms, to_ms
from gateway.ledger.records import Hold
from gateway.ledger.rollbacks import GrantNote
from gateway.model import Outcome, Placed, Refused, Uncertain, Unsent
from gateway.reasons import Reason

_REASONS = {reason.value: reason for reason in Reason}


class EntryUnreadable(GatewayError):
    """A whole record that this version does not understand."""


def ending_bytes(ending: Ending) -> bytes:
    """An ending to be kept. What the call API wrote in its answer stays out: it may name a person."""
    return orjson.dumps(
        {**_hold(ending.hold), **_outcome(ending.outcome), "retry": to_ms(ending.retry_at) if ending.retry_at else None}
    )


def read_ending(content: bytes) -> Ending:
    """The same read back. Raises EntryUnreadable."""
    try:
        data = orjson.loads(content)
        retry = data["retry"]
        return Ending(
            hold=_read_hold(data), outcome=_read_outcome(data), retry_at=None if retry is None else from_ms(retry)
        )
    except (ValueError, KeyError, TypeError) as error:
        raise EntryUnreadable(f"an ending that cannot be read: {type(error).__name__}") from error


def grant_bytes(note: GrantNote, total: int) -> bytes:
    """A grant to be kept, with how many all workers had been given."""
    return orjson.dumps({**_hold(note.hold), "n": note.number, "all": total, "at": to_ms(note.at)})


def read_grant(content: bytes) -> tuple[GrantNote, int]:
    """The same read back. Raises EntryUnreadable."""
    try:
        data = orjson.loads(content)
        note = GrantNote(number=int(data["n"]), hold=_read_hold(data), at=from_ms(data["at"]))
        return note, int(data["all"])
    except (ValueError, KeyError, TypeError) as error:
        raise EntryUnreadable(f"a grant that cannot be read: {type(error).__name__}") from error


def _hold(hold: Hold) -> dict[str, Any]:
    return {"call": hold.call_id, "owner": hold.owner, "fence": hold.fence}


def _read_hold(data: dict[str, Any]) -> Hold:
    return Hold(call_id=str(data["call"]), owner=str(data["owner"]), fence=int(data["fence"]))


def _outcome(outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Placed():
            return {"kind": "placed", "status": outcome.status, "id": outcome.provider_call_id}
        case Refused():
            return {"kind": "refused", "status": outcome.status, "reason": outcome.reason}
        case Unsent():
            stops = outcome.stops_account
            return {"kind": "unsent", "status": outcome.status, "reason": outcome.reason, "stops": stops}
        case Uncertain():
            return {"kind": "uncertain", "status": outcome.status, "reason": outcome.cause}
        case _ as never:
            assert_never(never)


def _read_outcome(data: dict[str, Any]) -> Outcome:
    kind, status, detail = data["kind"], data["status"], "kept on the worker's disk"
    if kind == "placed":
        return Placed(status=status, provider_call_id=data["id"], response="")
    reason = _REASONS[data["reason"]]
    if kind == "refused":
        return Refused(reason=reason, status=status, detail=detail)
    if kind == "unsent":
        return Unsent(reason=reason, status=status, detail=detail, stops_account=data["stops"])
    if kind == "uncertain":
        return Uncertain(cause=reason, status=status, detail=detail)
    raise ValueError(kind)
