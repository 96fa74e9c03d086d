"""/v1/replays: many events decided anew by one order: previewed, approved, paced, cancellable at once."""

import os
from datetime import datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Query
from pydantic import Field, JsonValue

from gateway import bulk_replaying
from gateway.ledger.records import Transition
from gateway.ledger.replays import BulkReplay, ReplayState
from gateway.model import EventState
from gateway.replay_preview import ReplayFilter
from gateway.web.api.questions import Actor, Cursor, FrontNeeded, Limit, instant_of, page_of, require_done
from gateway.web.api.shapes import Page, Shape, Wish
from gateway.web.front import Front
from gateway.web.problems import ApiProblem, field_problem, not_found

router = APIRouter(prefix="/replays", tags=["events"])
log = structlog.stdlib.get_logger("dialgate.api")

Name = Annotated[str | None, Field(None, max_length=200)]


class BulkReplayOrder(Wish):
    """Which events are meant: at least one key. `since` and `before`: an instant, or how long ago (30m, 2d)."""

    state: EventState | None = None
    source: Name
    reason: Name
    rule: Name = Field(None, max_length=80, description="that held, or failed, when the event was last decided")
    since: str | None = Field(None, max_length=64, description="received then or later")
    before: str | None = Field(None, max_length=64, description="received before this")
    again: bool = Field(False, description="also ring who was rung, or may have been")


class BulkReplayShape(Shape):
    """An order. `preview` is what its orderer was shown: counts, no phone. While PREVIEWING, those so far."""

    id: str
    state: ReplayState
    by: str
    approved_by: str
    cancelled_by: str
    created_at: datetime
    updated_at: datetime
    again: bool
    where: dict[str, JsonValue]
    preview: dict[str, JsonValue]
    per_minute: int
    total: int
    looked_at: int = Field(description="events looked at for the preview, meant or not")
    done: int
    outcomes: dict[str, int] = Field(description="what came of the events decided so far")
    needs_second_person: bool = Field(description="it may ring more phones than `policy.replay.approve_above`")


class PreviewedReplayShape(BulkReplayShape):
    """An order that was looked at, with whom it would ring: masked phones and contact ids, a thousand at most."""

    phones: list[str]


class ForeseenShape(Shape):
    """What would become of one call, or of an event that comes to none."""

    event_id: str
    source: str
    received_at: datetime
    outcome: str = Field(description="rings, kept, or how it ends and why: `waits: outside_hours`")
    who: str = Field(description="a masked phone, or a contact's id")
    rule: str
    number: str
    until: datetime | None = Field(description="when a call that waits is looked at again")


@router.post("")
async def order_replay(front: FrontNeeded, actor: Actor, wish: BulkReplayOrder) -> PreviewedReplayShape:
    """Keep an order and begin its preview: go on with `preview` while it is PREVIEWING.

    Nothing is decided before it is approved, within an hour.
    """
    now, rulebook = front.now(), front.keeper.current
    made = await bulk_replaying.order(
        front.ledger, rulebook, _filter(wish, now), by=actor, again=wish.again, now=now, random=os.urandom
    )
    log.info("action", action="replay_ordered", id=made.id, by=actor)
    return await _previewed(front, made)


@router.get("")
async def list_replays(
    front: FrontNeeded,
    state: Annotated[ReplayState | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[BulkReplayShape]:
    """Orders, newest first."""
    orders, next_cursor = await page_of(front.ledger.replays.listed(state=state, limit=limit, cursor=cursor))
    return Page(items=[_shape(front, one) for one in orders], next=next_cursor)


@router.get("/{replay_id}")
async def show_replay(front: FrontNeeded, replay_id: str) -> BulkReplayShape:
    """One order and how far it is."""
    return _shape(front, await _kept(front, replay_id))


@router.post("/{replay_id}/preview")
async def preview_replay(front: FrontNeeded, replay_id: str) -> PreviewedReplayShape:
    """Look at some more of its events. It is complete once the state is no longer PREVIEWING."""
    order = await _kept(front, replay_id)
    return await _previewed(
        front, await bulk_replaying.look_on(front.ledger, front.keeper.current, order, now=front.now())
    )


@router.get("/{replay_id}/calls")
async def list_replay_calls(
    front: FrontNeeded,
    replay_id: str,
    outcome: Annotated[str, Query(max_length=100, description="rings, waits, kept, phones, or one of `outcomes`")] = "",
    limit: Limit = 50,
    cursor: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Page[ForeseenShape]:
    """The calls behind a figure of the preview, newest event first."""
    order = await _kept(front, replay_id)
    seen = await bulk_replaying.seen_calls(front.ledger, order.id, outcome, limit=limit, start=cursor)
    items = [ForeseenShape(**{name: getattr(one, name) for name in ForeseenShape.model_fields}) for one in seen.calls]
    return Page(items=items, next=None if seen.start is None else str(seen.start))


@router.post("/{replay_id}/approve")
async def approve_replay(front: FrontNeeded, actor: Actor, replay_id: str) -> BulkReplayShape:
    """Let it run. Where people have users of the console, a large order needs another person than its orderer."""
    order, rulebook = await _kept(front, replay_id), front.keeper.current
    alone = bool(rulebook.config.console.users) and order.by == actor
    if alone and bulk_replaying.needs_second_person(order, rulebook):
        raise ApiProblem(409, "needs_second_person", "it may ring more phones than one person alone may order")
    done = await front.ledger.replays.approve(replay_id, actor=actor, now=front.now())
    if done is Transition.STALE:
        raise ApiProblem(409, "preview_too_old", "the preview is older than an hour: order it anew")
    require_done(done, "replay", "only an order that is PREVIEWED can be approved")
    log.info("action", action="replay_approved", id=replay_id, by=actor)
    return _shape(front, await _kept(front, replay_id))


@router.post("/{replay_id}/cancel")
async def cancel_replay(front: FrontNeeded, actor: Actor, replay_id: str) -> BulkReplayShape:
    """No further event is decided, at once. What was decided stays: its calls can be cancelled like any other."""
    done = await front.ledger.replays.cancel(replay_id, actor=actor, now=front.now())
    require_done(done, "replay", "it has ended already")
    log.info("action", action="replay_cancelled", id=replay_id, by=actor)
    return _shape(front, await _kept(front, replay_id))


async def _kept(front: Front, replay_id: str) -> BulkReplay:
    found = await front.ledger.replays.find(replay_id)
    if found is None:
        raise not_found("replay")
    return found


async def _previewed(front: Front, order: BulkReplay) -> PreviewedReplayShape:
    over = order.state is not ReplayState.PREVIEWING
    phones = await bulk_replaying.phones_of(front.ledger, order.id) if over else ()
    return PreviewedReplayShape(**_shape(front, order).model_dump(), phones=list(phones))


def _shape(front: Front, order: BulkReplay) -> BulkReplayShape:
    names = [name for name in BulkReplayShape.model_fields if name not in {"needs_second_person", "outcomes"}]
    return BulkReplayShape(
        **{name: getattr(order, name) for name in names},
        outcomes=dict(order.outcomes),
        needs_second_person=bulk_replaying.needs_second_person(order, front.keeper.current),
    )


def _filter(wish: BulkReplayOrder, now: datetime) -> ReplayFilter:
    """Raises ApiProblem for a wish that narrows nothing: that is more likely a mistake than everything meant."""
    if not any((wish.state, wish.source, wish.reason, wish.rule, wish.since, wish.before)):
        raise field_problem("state", "say which: a state, a source, a reason, a rule, since or before")
    return ReplayFilter(
        state=wish.state,
        source=wish.source,
        reason=wish.reason,
        rule=wish.rule,
        since=instant_of(wish.since, now),
        before=instant_of(wish.before, now),
    )
