"""What list addresses may be asked, and how it is read. Raises ApiProblem naming the field."""

import re
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Query, Request

from gateway.ledger.records import Transition
from gateway.policy import parse_duration
from gateway.web.front import Front, front_of
from gateway.web.problems import ApiProblem, field_problem, not_found

T = TypeVar("T")

ACTOR = "api"
_PERSON = re.compile(r"[\w.@+-][\w.@+ -]{0,63}", re.ASCII)
_FOUR_DIGITS = re.compile(r"\d{4}")


def _actor(
    person: Annotated[
        str | None, Header(alias="Dialgate-Actor", max_length=64, description="who orders this, for the history")
    ] = None,
) -> str:
    """Whoever holds the key says who orders: that is for the history, and gives no right. Without it, `api`."""
    if person is None:
        return ACTOR
    if not _PERSON.fullmatch(person) or _FOUR_DIGITS.search(person):
        raise field_problem("Dialgate-Actor", "a name of letters, digits and . @ + - _, without long numbers")
    return f"{person} ({ACTOR})"


def _front(request: Request) -> Front:
    return front_of(request.scope)


Actor = Annotated[str, Depends(_actor)]
FrontNeeded = Annotated[Front, Depends(_front)]
Since = Annotated[str | None, Query(max_length=64, description="ISO 8601 with a zone, or how long ago: 15m, 24h, 7d")]
Limit = Annotated[int, Query(ge=1, le=200, description="at most this many")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]
Reveal = Annotated[bool, Query(description="show phones, names and content; the reading is logged")]


def instant_of(text: str | None, now: datetime) -> datetime | None:
    """`since` as an instant. A plus sign that was not percent-encoded arrives as a space and is understood."""
    if text is None:
        return None
    try:
        if "T" in text:
            instant = datetime.fromisoformat(text.strip().replace(" ", "+"))
        else:
            span = parse_duration(text)
            instant = now - span if isinstance(span, timedelta) else now
    except (ValueError, OverflowError):
        raise field_problem("since", "write an instant such as 2026-11-22T09:00:00Z, or 15m, 24h, 7d") from None
    if instant.tzinfo is None:
        raise field_problem("since", "an instant needs its zone, e.g. a Z at its end")
    return instant


def contact_of(text: str | None) -> str | None:
    """`contact` as an id or an E.164 phone. A plus sign that was not percent-encoded arrives as a space."""
    if text is None:
        return None
    written = text.strip()
    return f"+{written}" if text.startswith(" ") and written.isdigit() else written


async def page_of(reading: Awaitable[T]) -> T:
    """A page. A cursor that is not ours is a problem of the request."""
    try:
        return await reading
    except ValueError:
        raise field_problem("cursor", "this is not a cursor of this list") from None


def require_done(transition: Transition, kind: str, wrong_state: str) -> None:
    """Raises ApiProblem unless the action was done, now or by the same request before."""
    if transition is Transition.MISSING:
        raise not_found(kind)
    if transition in {Transition.WRONG_STATE, Transition.STALE}:
        raise ApiProblem(409, "wrong_state", wrong_state)
