"""/v1/notifications and /v1/endpoints: who was told what of which call, and what they answered."""

from datetime import datetime

import structlog
from fastapi import APIRouter
from pydantic import Field

from gateway.ledger.notices import EndpointStatus, Notice, NoticeState
from gateway.web.api.questions import Actor, Cursor, FrontNeeded, Limit, page_of, require_done
from gateway.web.api.shapes import Page, Shape
from gateway.web.front import Front
from gateway.web.masking import mask_text
from gateway.web.problems import not_found

router = APIRouter(tags=["notifications"])
log = structlog.stdlib.get_logger("dialgate.api")


class NotificationShape(Shape):
    """One message to one endpoint, about what became of a call."""

    id: str = Field(description="the message's webhook-id, the same however often it is sent")
    call_id: str
    endpoint: str
    call_state: str = Field(description="the call's state then")
    reason: str | None
    at: datetime = Field(description="when the call came to it")
    state: NoticeState
    tries: int
    next_at: datetime | None = Field(description="WAITING: the next try")
    answer: str | None = Field(description="the last one, as one line")
    answered_at: datetime | None
    finished_at: datetime | None
    resent_by: str | None


class EndpointShape(Shape):
    """How an endpoint does. While it is paused nothing goes to it; then one message at a time, until it takes one."""

    name: str
    waiting: int
    failures: int = Field(description="in a row")
    paused_until: datetime | None
    delivered_at: datetime | None
    failed_at: datetime | None
    error: str | None = Field(description="the last failure")


class EndpointsShape(Shape):
    """Every endpoint of the configuration."""

    items: list[EndpointShape]


class CallNotificationsShape(Shape):
    """A call's messages, oldest first."""

    items: list[NotificationShape]


@router.get("/notifications")
async def list_notifications(
    front: FrontNeeded, state: NoticeState | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Page[NotificationShape]:
    """Messages to endpoints, newest first; delivered ones are kept for 7 days, those given up for 30."""
    found, following = await page_of(front.ledger.notices.listed(state=state, limit=limit, cursor=cursor))
    return Page(items=[_shape(one) for one in found], next=following)


@router.get("/notifications/{notification_id}")
async def show_notification(front: FrontNeeded, notification_id: str) -> NotificationShape:
    """One message."""
    return await _one(front, notification_id)


@router.post("/notifications/{notification_id}/resend")
async def resend_notification(front: FrontNeeded, notification_id: str, actor: Actor) -> NotificationShape:
    """Send it again at once under its old id, whatever became of it; its endpoint's pause is ended."""
    done = await front.ledger.notices.resend(notification_id, actor=actor, now=front.now())
    require_done(done, "notification", "it cannot be sent again")
    log.info("action", action="notification_resent", notification=notification_id, by=actor)
    return await _one(front, notification_id)


@router.get("/calls/{call_id}/notifications")
async def notifications_of_call(front: FrontNeeded, call_id: str) -> CallNotificationsShape:
    """Who was told of a call, oldest first; none where nobody is to hear of it."""
    if await front.ledger.reads.call(call_id) is None:
        raise not_found("call")
    return CallNotificationsShape(items=[_shape(one) for one in await front.ledger.notices.of_call(call_id)])


@router.get("/endpoints")
async def list_endpoints(front: FrontNeeded) -> EndpointsShape:
    """Every endpoint of `notify`, and how it does."""
    names = sorted(front.keeper.current.config.notify)
    return EndpointsShape(items=[_endpoint(one) for one in await front.ledger.notices.endpoints(names)])


async def _one(front: Front, notification_id: str) -> NotificationShape:
    found = await front.ledger.notices.notice(notification_id)
    if found is None:
        raise not_found("notification")
    return _shape(found)


def _shape(one: Notice) -> NotificationShape:
    return NotificationShape(
        id=one.id,
        call_id=one.call_id,
        endpoint=one.endpoint,
        call_state=one.call_state,
        reason=one.reason,
        at=one.at,
        state=one.state,
        tries=one.tries,
        next_at=one.next_at if one.state is NoticeState.WAITING else None,
        answer=mask_text(one.said) or None,
        answered_at=one.said_at,
        finished_at=one.finished_at,
        resent_by=one.resent_by,
    )


def _endpoint(one: EndpointStatus) -> EndpointShape:
    return EndpointShape(
        name=one.endpoint,
        waiting=one.waiting,
        failures=one.failures,
        paused_until=one.paused_until,
        delivered_at=one.delivered_at,
        failed_at=one.failed_at,
        error=mask_text(one.error) or None,
    )
