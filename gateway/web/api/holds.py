"""/v1/holds: what waits for a person, and deciding many at once."""

from datetime import datetime, timedelta
from functools import cache
from typing import Annotated

import structlog
from fastapi import APIRouter, Query
from pydantic import Field

from gateway import holds
from gateway.contracts import Guard
from gateway.guards import load_guards
from gateway.holds import BATCH_AT_MOST, Batch, BulkAction, HoldFilter
from gateway.policy import parse_duration
from gateway.web.api.questions import Actor, FrontNeeded, instant_of, page_of
from gateway.web.api.shapes import Shape, Wish
from gateway.web.front import Front
from gateway.web.problems import field_problem

router = APIRouter(prefix="/holds", tags=["operations"])
log = structlog.stdlib.get_logger("dialgate.api")

Name = Annotated[str | None, Field(None, max_length=200)]
_LONGEST_LIFT = timedelta(days=30)


class HoldsWish(Wish):
    """Which held calls are meant: at least one key. `older` and `newer`: an instant, or how long ago (30m, 2d)."""

    source: Name
    rule: Name
    reason: Name
    older: str | None = Field(None, max_length=64, description="accepted before this")
    newer: str | None = Field(None, max_length=64, description="accepted then or later")


class HoldsOrder(HoldsWish):
    """One bounded step; go on with `next` of its answer until that is null."""

    limit: int = Field(BATCH_AT_MOST, ge=1, le=BATCH_AT_MOST)
    cursor: str | None = Field(None, max_length=500)


class MeantOrder(Wish):
    """A source whose burst is meant, and for how long everything passes."""

    source: str = Field(min_length=1, max_length=200)
    for_: str = Field("24h", alias="for", max_length=20, description="such as 2h or 3d; at most 30d")


class HoldGroupShape(Shape):
    """Calls of one source and rule that are held for one reason."""

    source: str
    rule: str
    reason: str
    count: int
    oldest: datetime
    expires_first: datetime


class BurstShape(Shape):
    """A source whose new calls are held for a burst, or are let pass by a person's word."""

    source: str
    since: datetime | None = Field(description="null: new calls are not held")
    bound: int = Field(description="the new calls in an hour that it broke")
    held: int = Field(description="calls held since then")
    passes_until: datetime | None = Field(description="until when a person lets all pass")


class HoldsShape(Shape):
    """What is held, the largest group first. `complete` is false when there are more than were counted."""

    groups: list[HoldGroupShape]
    bursts: list[BurstShape]
    complete: bool


class HoldsPreviewShape(Shape):
    """What a release would do now. Those that ring do so at the pace of their numbers and accounts."""

    held: int
    looked_at: int
    ring: int
    others: dict[str, int] = Field(description="by reason, those that would not ring now")


class HoldsDoneShape(Shape):
    """What a step did; `next` is null at the end of the list."""

    done: int
    next: str | None


@router.get("")
async def list_holds(front: FrontNeeded, source: Annotated[str | None, Query(max_length=200)] = None) -> HoldsShape:
    """Held calls by source, rule and reason, and the sources that are in a burst."""
    groups, complete = await holds.group(front.ledger, HoldFilter(source=source))
    names = sorted({*front.keeper.current.sources, *(one.source for one in groups)})
    bursts = await front.ledger.bursts.states(names, now=front.now())
    return HoldsShape(
        groups=[HoldGroupShape.model_validate(one, from_attributes=True) for one in groups],
        bursts=[BurstShape.model_validate(one, from_attributes=True) for one in bursts],
        complete=complete,
    )


@router.post("/preview")
async def preview_release(front: FrontNeeded, wish: HoldsWish) -> HoldsPreviewShape:
    """How many phones would ring if these were released now, and why the others would not. Changes nothing."""
    where = _filter(wish, front.now())
    found = await holds.preview(front.ledger, front.keeper.current, _guards(), where, now=front.now())
    return HoldsPreviewShape(held=found.held, looked_at=found.looked_at, ring=found.ring, others=dict(found.outcomes))


@router.post("/release")
async def release_holds(front: FrontNeeded, order: HoldsOrder, actor: Actor) -> HoldsDoneShape:
    """HELD → READY for many; every guard still looks at each before it rings, and the pace holds."""
    batch = await _act(front, BulkAction.RELEASE, order, actor)
    if batch.done:
        front.receiver.wake(batch.done)
    return HoldsDoneShape(done=len(batch.done), next=batch.cursor)


@router.post("/cancel")
async def cancel_holds(front: FrontNeeded, order: HoldsOrder, actor: Actor) -> HoldsDoneShape:
    """HELD → CANCELLED for many. Calls of the same source that had joined one of them are held in its place."""
    batch = await _act(front, BulkAction.CANCEL, order, actor)
    return HoldsDoneShape(done=len(batch.done), next=batch.cursor)


@router.post("/meant")
async def burst_is_meant(front: FrontNeeded, order: MeantOrder, actor: Actor) -> HoldsShape:
    """A source's burst is meant: new calls pass for so long. Those held are released by `release`."""
    if order.source not in front.keeper.current.sources:
        raise field_problem("source", "no source of this name is configured")
    try:
        span = parse_duration(order.for_)
    except ValueError:
        span = None
    if not isinstance(span, timedelta) or not timedelta(0) < span <= _LONGEST_LIFT:
        raise field_problem("for", "write how long, such as 2h or 3d; at most 30d")
    await front.ledger.bursts.lift(order.source, until=front.now() + span, now=front.now())
    log.info("action", action="burst_meant", source=order.source, span=order.for_, by=actor)
    return await list_holds(front, order.source)


async def _act(front: Front, action: BulkAction, order: HoldsOrder, actor: str) -> Batch:
    where, now = _filter(order, front.now()), front.now()
    acting = holds.act(front.ledger, action, where, actor=actor, now=now, limit=order.limit, cursor=order.cursor)
    batch = await page_of(acting)
    told = order.model_dump(include={"source", "rule", "reason", "older", "newer"}, exclude_none=True)
    log.info("action", action=f"holds_{action.value}", count=len(batch.done), by=actor, **told)
    return batch


def _filter(wish: HoldsWish, now: datetime) -> HoldFilter:
    """Raises ApiProblem for a wish that narrows nothing: that is more likely a mistake than everything meant."""
    if not any((wish.source, wish.rule, wish.reason, wish.older, wish.newer)):
        raise field_problem("source", "say which: a source, a rule, a reason, older or newer")
    return HoldFilter(
        source=wish.source,
        rule=wish.rule,
        reason=wish.reason,
        before=instant_of(wish.older, now),
        since=instant_of(wish.newer, now),
    )


@cache
def _guards() -> tuple[Guard, ...]:
    return tuple(load_guards())
