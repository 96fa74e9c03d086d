"""/v1/calls: what was decided to ring, and what became of it."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Query
from pydantic import Field

from gateway.ledger.actions import Resolution
from gateway.ledger.records import Call, CallFilter, Transition
from gateway.model import CallState
from gateway.web.api.questions import (
    Actor,
    Cursor,
    FrontNeeded,
    Limit,
    Reveal,
    Since,
    contact_of,
    instant_of,
    page_of,
    require_done,
)
from gateway.web.api.shapes import CallDetailShape, CallShape, Page, Wish
from gateway.web.api.views import call_detail_view, call_view
from gateway.web.front import Front
from gateway.web.problems import not_found

router = APIRouter(tags=["calls"])
log = structlog.stdlib.get_logger("dialgate.api")


class ResolutionOrder(Wish):
    """What a person found out about a call of which nobody could know whether it rang."""

    as_: Resolution = Field(alias="as")


@router.get("/calls")
async def list_calls(
    front: FrontNeeded,
    state: CallState | None = None,
    source: Annotated[str | None, Query(max_length=200)] = None,
    contact: Annotated[str | None, Query(max_length=200, description="a contactId, or a phone in E.164")] = None,
    since: Since = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[CallShape]:
    """Calls, newest first."""
    where = CallFilter(state=state, source=source, contact=contact_of(contact), since=instant_of(since, front.now()))
    calls, next_cursor = await page_of(front.ledger.reads.calls(where, limit=limit, cursor=cursor))
    return Page(items=[call_view(call) for call in calls], next=next_cursor)


@router.get("/calls/{call_id}")
async def show_call(front: FrontNeeded, actor: Actor, call_id: str, reveal: Reveal = False) -> CallDetailShape:
    """One call with its timeline and what the guards said."""
    call = await _known(front, call_id)
    if reveal:
        log.info("revealed", kind="call", id=call.id, by=actor)
    return call_detail_view(call, await front.ledger.reads.timeline(call.id), reveal=reveal)


@router.post("/calls/{call_id}/cancel")
async def cancel_call(front: FrontNeeded, call_id: str, actor: Actor) -> CallDetailShape:
    """READY or HELD → CANCELLED. A call that is being placed can no longer be stopped: 409.

    The oldest call that had joined it takes its place (`joined` in the answer names them): cancel those too.
    """
    done = await front.ledger.actions.cancel(call_id, actor=actor, now=front.now())
    return await _after(front, call_id, done, "only a READY or HELD call can be cancelled", "cancelled", actor)


@router.post("/calls/{call_id}/release")
async def release_call(front: FrontNeeded, call_id: str, actor: Actor) -> CallDetailShape:
    """HELD → READY: a person allows the call; every guard still looks at it before it rings."""
    done = await front.ledger.actions.release(call_id, actor=actor, now=front.now())
    return await _after(front, call_id, done, "only a HELD call can be released", "released", actor)


@router.post("/calls/{call_id}/resolve")
async def resolve_call(front: FrontNeeded, call_id: str, order: ResolutionOrder, actor: Actor) -> CallDetailShape:
    """UNKNOWN → PLACED (`placed`), READY (`redial`: it may ring a second time) or CLOSED (`close`)."""
    done = await front.ledger.actions.resolve(call_id, order.as_, actor=actor, now=front.now())
    return await _after(front, call_id, done, "only an UNKNOWN call can be resolved", f"resolved_{order.as_}", actor)


async def _after(
    front: Front, call_id: str, done: Transition, wrong_state: str, action: str, actor: str
) -> CallDetailShape:
    require_done(done, "call", wrong_state)
    log.info("action", action=action, id=call_id, by=actor, transition=done.value)
    call = await _known(front, call_id)
    if call.state is CallState.READY:
        front.receiver.wake([call.id])
    return call_detail_view(call, await front.ledger.reads.timeline(call.id), reveal=False)


async def _known(front: Front, call_id: str) -> Call:
    call = await front.ledger.reads.call(call_id)
    if call is None:
        raise not_found("call")
    return call
