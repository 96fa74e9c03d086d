"""What an outcome says of the account it was dialled on, and when an account is to be stopped for it."""

from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from gateway.ledger.instants import to_ms
from gateway.model import Outcome, Placed, Refused, Uncertain, Unsent, record
from gateway.reasons import Reason

Word: TypeAlias = Literal["plain", "doubt", ""]

_NEVER = 10**9  # more outcomes in a row than there will be
_UNREACHED = frozenset({Reason.CONNECT_FAILED, Reason.CONNECT_TIMEOUT, Reason.TLS_FAILED})
_UNANSWERED = frozenset(
    {Reason.RESPONSE_TIMEOUT, Reason.CONNECTION_LOST, Reason.RESPONSE_UNREADABLE, Reason.SERVER_ERROR}
)


@record
class Breaker:
    """After `doubts` outcomes in a row without a plain answer an account is stopped, and probed after `probe_after`.

    None: never. What the worker itself broke off says nothing of the account.
    """

    doubts: int | None = 5
    probe_after: timedelta = timedelta(seconds=15)


USUAL_BREAKER = Breaker()


def word_of(outcome: Outcome) -> Word:
    """`plain`: the call API answered, be it with a refusal; `doubt`: it was out of reach, or gave no clear answer."""
    match outcome:
        case Placed() | Refused():
            return "plain"
        case Uncertain():
            return "doubt" if outcome.cause in _UNANSWERED else ""
        case Unsent():
            if outcome.reason in _UNANSWERED:  # of a contact, which rang nobody and may be one that alone fails
                return ""
            return "doubt" if outcome.reason in _UNREACHED else "plain" if outcome.status is not None else ""


def breaker_arguments(outcome: Outcome, breaker: Breaker, *, now: datetime) -> tuple[str | int, ...]:
    """What the scripts judge an account by: the word, how many doubts are too many, and when it is probed then."""
    most = _NEVER if breaker.doubts is None else breaker.doubts
    return word_of(outcome), most, to_ms(now + breaker.probe_after)
