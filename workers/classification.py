"""From what was seen of an exchange to what it means. Pure: the same observation always gives the same outcome.

The calls endpoint has no idempotency key, so "proved not to have rung" is said only where the evidence is strong;
everything else is Uncertain and never redialled by itself. The table is in docs/outcomes.md.
"""

from datetime import datetime
from http import HTTPStatus

from gateway.contracts import ContactResolved
from gateway.model import Outcome, Placed, Refused, Uncertain, Unsent
from gateway.reasons import Reason
from workers.answers import error_text, id_at, parsed, shown
from workers.number_refusals import is_about_the_number
from workers.observation import Observation
from workers.retry_after import retry_after

MAX_RESPONSE_BYTES = 4096

# The request was looked at and turned down for what it says. Codes that some servers give after acting, or when they
# gave up waiting (408, 409, 423, 424, 425, 499 and any unknown one), are not here.
_REFUSED_FOR_GOOD = frozenset({400, 404, 405, 406, 410, 411, 412, 413, 414, 415, 417, 422, 428, 431, 451})
# Token, credit, address or a proxy on the way: nothing was tried, and no other call would fare better. The same for
# every redirect but 303, which by RFC 9110 (15.4.4) is what a server answers after it has acted on a POST.
_ACCOUNT_AT_FAULT = frozenset({401, 402, 403, 407, 421, 426})


def call_outcome(seen: Observation, *, now: datetime, call_id_places: tuple[str, ...]) -> Outcome:
    """What became of a request to place a call."""
    if not seen.started:
        return Unsent(reason=seen.failure or Reason.CONNECT_FAILED, detail=shown(seen.detail))
    status = seen.status
    if status is None:
        return Uncertain(cause=seen.failure or Reason.CONNECTION_LOST, detail=_said(seen))
    if status < HTTPStatus.OK:
        return Uncertain(cause=Reason.RESPONSE_UNREADABLE, detail=_said(seen), status=status)
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return Placed(
            status=status, provider_call_id=id_at(call_id_places, parsed(seen.body)), response=_response(seen.body)
        )
    if status in _REFUSED_FOR_GOOD:
        about_number = seen.failure is None and is_about_the_number(parsed(seen.body))
        reason = Reason.NUMBER_REFUSED if about_number else Reason.REFUSED
        return Refused(reason=reason, status=status, detail=_said(seen))
    return _turned_away(seen, status, now) or Uncertain(cause=Reason.SERVER_ERROR, detail=_said(seen), status=status)


def contact_outcome(
    seen: Observation, *, now: datetime, contact_id_places: tuple[str, ...]
) -> ContactResolved | Refused | Unsent:
    """What became of creating or updating a contact: safe to repeat, so whatever is not clear is Unsent."""
    status = seen.status
    if not seen.started or status is None or status < HTTPStatus.OK:
        reason = seen.failure or (Reason.RESPONSE_UNREADABLE if seen.started else Reason.CONNECT_FAILED)
        return Unsent(reason=reason, detail=_said(seen), status=status)
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return _resolved(seen, status, contact_id_places)
    if status in _REFUSED_FOR_GOOD:
        return Refused(reason=Reason.CONTACT_REFUSED, status=status, detail=_said(seen))
    return _turned_away(seen, status, now) or Unsent(reason=Reason.SERVER_ERROR, detail=_said(seen), status=status)


def probe_outcome(seen: Observation) -> str | None:
    """None if the account works, else what is wrong."""
    if seen.status is not None and HTTPStatus.OK <= seen.status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    return _said(seen)


def _turned_away(seen: Observation, status: int, now: datetime) -> Unsent | None:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        delay = retry_after(seen.header("retry-after"), now=now)
        return Unsent(reason=Reason.RATE_LIMITED, detail=_said(seen), status=status, retry_after=delay)
    if status in _ACCOUNT_AT_FAULT or (status < HTTPStatus.BAD_REQUEST and status != HTTPStatus.SEE_OTHER):
        return Unsent(reason=Reason.ACCOUNT_STOPPED, detail=_said(seen), status=status, stops_account=True)
    return None


def _resolved(seen: Observation, status: int, contact_id_places: tuple[str, ...]) -> ContactResolved | Refused | Unsent:
    contact_id = id_at(contact_id_places, parsed(seen.body))
    if contact_id is not None:
        return ContactResolved(contact_id=contact_id)
    if seen.failure is not None:  # the id may be in the part that did not arrive
        return Unsent(reason=seen.failure, detail=_said(seen), status=status)
    answer = shown(seen.body[:MAX_RESPONSE_BYTES].decode("utf-8", "replace")) or "an empty body"
    looked = ", ".join(contact_id_places)
    return Refused(
        reason=Reason.CONTACT_ID_NOT_FOUND, status=status, detail=f"looked at {looked}; the answer was: {answer}"
    )


def _said(seen: Observation) -> str:
    """One safe line: the status, what the answer says (a redirect: where it points), and what broke."""
    location = seen.header("location")
    parts = (
        f"HTTP {seen.status}" if seen.status is not None else "",
        f"redirects to {shown(location.partition('?')[0])}" if location is not None else "",
        error_text(seen.body) if seen.body else "",
        shown(seen.detail),
    )
    return ": ".join(part for part in parts if part)


def _response(body: bytes) -> str:
    """The answer as text of at most 4 KB in UTF-8."""
    text = body[:MAX_RESPONSE_BYTES].decode("utf-8", "replace")
    return text.encode()[:MAX_RESPONSE_BYTES].decode("utf-8", "ignore")
