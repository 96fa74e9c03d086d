"""/v1/stops, /v1/stop and /v1/resume: the switch that stops dials everywhere at once, and loses nothing."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, Query
from pydantic import Field

from gateway.ledger.records import Transition
from gateway.ledger.stops import NAMELESS, Stop, StopChange, Stoppable
from gateway.ordering import ORDER_SOURCE
from gateway.policy import parse_duration
from gateway.rules.rulebook import DIRECT_RULE, Rulebook
from gateway.web.api.questions import Actor, FrontNeeded
from gateway.web.api.shapes import Shape, Wish
from gateway.web.front import Front
from gateway.web.problems import field_problem

router = APIRouter(tags=["operations"])
log = structlog.stdlib.get_logger("dialgate.api")


class ResumeOrder(Wish):
    """What is meant: `everything`, `rollback` (to resume), or one account, source, rule or number by its name."""

    what: Stoppable = Stoppable.EVERYTHING
    name: str = Field("", max_length=200)


class StopOrder(ResumeOrder):
    """What to stop, and until when: an instant with its zone, or how long from now (30m, 8h)."""

    until: str | None = Field(None, max_length=64)
    reason: str = Field("", max_length=500, description="for those who find it stopped")


class StopShape(Shape):
    """One thing that does not ring now."""

    what: Stoppable
    name: str
    since: datetime
    until: datetime | None = Field(description="null: until it is resumed")
    by: str
    reason: str


class StopChangeShape(Shape):
    """One order of the past."""

    at: datetime
    action: Literal["stop", "resume"]
    what: Stoppable
    name: str
    until: datetime | None
    by: str
    reason: str


class StopsShape(Shape):
    """What is stopped now, and the latest orders, newest first."""

    items: list[StopShape]
    history: list[StopChangeShape]


class StoppedShape(Shape):
    """What an order did. `changed` is false when it was so already."""

    changed: bool
    items: list[StopShape] = Field(description="everything that is stopped now")


@router.get("/stops")
async def list_stops(front: FrontNeeded, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> StopsShape:
    """What is stopped, by whom and until when; and who stopped and resumed what."""
    history = await front.ledger.stops.history(limit=limit)
    return StopsShape(items=await _items(front), history=[_past(change) for change in history])


@router.post("/stop")
async def stop(front: FrontNeeded, order: StopOrder, actor: Actor) -> StoppedShape:
    """Stop dials, on all machines, with the next grant: only requests already let out go on."""
    _require_known(order, front.keeper.current)
    now = front.now()
    until = _until(order.until, now)
    done = await front.ledger.stops.stop(order.what, order.name, actor=actor, now=now, until=until, reason=order.reason)
    log.info("action", action="stopped", what=order.what.value, name=order.name, by=actor)
    return StoppedShape(changed=done is Transition.DONE, items=await _items(front))


@router.post("/resume")
async def resume(front: FrontNeeded, order: ResumeOrder, actor: Actor) -> StoppedShape:
    """Let it ring again. What waited is due at once, in the ledger's order; what has expired is not."""
    _require_name(order)
    done = await front.ledger.stops.resume(order.what, order.name, actor=actor, now=front.now())
    log.info("action", action="resumed", what=order.what.value, name=order.name, by=actor)
    return StoppedShape(changed=done is Transition.DONE, items=await _items(front))


def _require_name(order: ResumeOrder) -> None:
    if order.what in NAMELESS and order.name:
        raise field_problem("name", f"{order.what.value} has no name; say which kind of thing it names in `what`")
    if order.what not in NAMELESS and not order.name:
        raise field_problem("name", f"say which {order.what.value}")


def _require_known(order: StopOrder, rulebook: Rulebook) -> None:
    """A name nobody configured would stop nothing, and look as if it did."""
    _require_name(order)
    if order.what is Stoppable.ROLLBACK:
        raise field_problem("what", "only a ledger that was set back stops this; a person ends it")
    config = rulebook.config
    names = {
        Stoppable.EVERYTHING: {""},
        Stoppable.ACCOUNT: set(config.accounts),
        Stoppable.SOURCE: {*config.sources, ORDER_SOURCE},
        Stoppable.RULE: {*(rule.name for rule in config.rules), DIRECT_RULE},
        Stoppable.NUMBER: set(config.numbers),
    }
    if order.name not in names[order.what]:
        raise field_problem("name", f"no {order.what.value} of this name is configured")


def _until(text: str | None, now: datetime) -> datetime | None:
    if text is None:
        return None
    try:
        span = parse_duration(text) if "T" not in text else None
        until = now + span if isinstance(span, timedelta) else datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise field_problem("until", "write an instant such as 2026-11-22T09:00:00Z, or 30m, 8h, 2d") from None
    if until.tzinfo is None:
        raise field_problem("until", "an instant needs its zone, e.g. a Z at its end")
    if until <= now:
        raise field_problem("until", "this has passed already")
    return until


async def _items(front: Front) -> list[StopShape]:
    return [_now(one) for one in await front.ledger.stops.in_force(now=front.now())]


def _now(one: Stop) -> StopShape:
    return StopShape(what=one.what, name=one.name, since=one.since, until=one.until, by=one.by, reason=one.reason)


def _past(change: StopChange) -> StopChangeShape:
    return StopChangeShape(
        at=change.at,
        action=change.action,
        what=change.what,
        name=change.name,
        until=change.until,
        by=change.by,
        reason=change.reason,
    )
