"""/v1/events and /v1/deliveries: what came in, how it was decided, and deciding it again."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Query

from gateway.ledger.records import EventFilter
from gateway.model import EventState
from gateway.replaying import NotReplayable, ReplayOrder, replay
from gateway.web.api.questions import Actor, Cursor, FrontNeeded, Limit, Reveal, Since, instant_of, page_of
from gateway.web.api.shapes import DeliveryShape, EventDetailShape, EventShape, Page, ReplayShape, Wish
from gateway.web.api.views import delivery_view, event_detail_view, event_view
from gateway.web.masking import outline
from gateway.web.problems import ApiProblem, not_found

router = APIRouter(tags=["events"])
log = structlog.stdlib.get_logger("dialgate.api")


class ReplayRequest(Wish):
    """`again`: also calls that rang or may have rung. `dryRun`: only say what would happen."""

    again: bool = False
    dry_run: bool = False


@router.get("/events")
async def list_events(
    front: FrontNeeded,
    state: EventState | None = None,
    source: Annotated[str | None, Query(max_length=200)] = None,
    since: Since = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[EventShape]:
    """Events, newest first."""
    where = EventFilter(state=state, source=source, since=instant_of(since, front.now()))
    events, next_cursor = await page_of(front.ledger.reads.events(where, limit=limit, cursor=cursor))
    return Page(items=[event_view(event) for event in events], next=next_cursor)


@router.get("/events/{event_id}")
async def show_event(front: FrontNeeded, actor: Actor, event_id: str, reveal: Reveal = False) -> EventDetailShape:
    """One event with its payload, what each rule said of it, and its calls."""
    event = await front.ledger.reads.event(event_id)
    if event is None:
        raise not_found("event")
    if reveal:
        log.info("revealed", kind="event", id=event.id, by=actor)
    return event_detail_view(event, reveal=reveal)


@router.post("/events/{event_id}/replay")
async def replay_event(
    front: FrontNeeded, actor: Actor, event_id: str, body: ReplayRequest | None = None
) -> ReplayShape:
    """Decide the event again with the rulebook in force, and make the calls it lacks.

    Nobody is rung twice unless `again` is true. A body that could not be read is read again.
    """
    wanted = body or ReplayRequest()
    order = ReplayOrder(event_id=event_id, actor=actor, again=wanted.again, dry_run=wanted.dry_run)
    try:
        done = await replay(front.ledger, front.keeper.current, order, now=front.now())
    except NotReplayable as error:
        raise ApiProblem(409, "not_replayable", str(error)) from None
    if done is None:
        raise not_found("event")
    if done.new and not wanted.dry_run:
        front.receiver.wake(done.new)
    log.info("action", action="replayed", id=event_id, by=actor, new=len(done.new), dry_run=wanted.dry_run)
    return ReplayShape(
        event_id=done.event_id,
        state=done.state,
        reason=done.reason,
        error=done.error,
        dry_run=wanted.dry_run,
        new=list(done.new),
        kept=list(done.kept),
        plans=[outline(plan) for plan in done.plans],
    )


@router.get("/deliveries/{delivery_id}")
async def show_delivery(front: FrontNeeded, actor: Actor, delivery_id: str, reveal: Reveal = False) -> DeliveryShape:
    """One request as it was received."""
    delivery = await front.ledger.reads.delivery(delivery_id)
    if delivery is None:
        raise not_found("delivery")
    if reveal:
        log.info("revealed", kind="delivery", id=delivery.id, by=actor)
    return delivery_view(delivery, reveal=reveal)
