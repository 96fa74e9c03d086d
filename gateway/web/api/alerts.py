"""/v1/alerts: what a person must look at."""

from datetime import datetime

import structlog
from fastapi import APIRouter
from pydantic import Field

from gateway.ledger.alerts import Alert
from gateway.web.api.questions import Actor, FrontNeeded, require_done
from gateway.web.api.shapes import Shape, Wish
from gateway.web.front import Front
from gateway.web.masking import mask_text

router = APIRouter(prefix="/alerts", tags=["operations"])
log = structlog.stdlib.get_logger("dialgate.api")


class AlertShape(Shape):
    """One thing to look at. `kind` never changes its meaning; `do` says what to do about it."""

    key: str = Field(description="names it in an acknowledgement")
    kind: str
    subject: str
    detail: str
    do: str
    critical: bool
    since: datetime
    seen: datetime = Field(description="when it was last so")
    count: int = Field(description="how often it was seen")
    acknowledged_by: str | None
    acknowledged_at: datetime | None


class AlertsShape(Shape):
    """What nobody acknowledged first, then the latest first."""

    items: list[AlertShape]


class Acknowledgement(Wish):
    """Which alert somebody knows of."""

    key: str = Field(min_length=1, max_length=300)


@router.get("")
async def list_alerts(front: FrontNeeded) -> AlertsShape:
    """Everything a person must look at, acknowledged or not, until it is over."""
    return await _all(front)


@router.post("/acknowledge")
async def acknowledge(front: FrontNeeded, wish: Acknowledgement, actor: Actor) -> AlertsShape:
    """It is known: it stays listed while it goes on, and warns no more."""
    done = await front.ledger.alerts.acknowledge(wish.key, actor=actor, now=front.now())
    require_done(done, "alert", "it cannot be acknowledged")
    log.info("action", action="alert_acknowledged", alert=mask_text(wish.key), by=actor)
    return await _all(front)


async def _all(front: Front) -> AlertsShape:
    return AlertsShape(items=[_shape(one) for one in await front.ledger.alerts.listed()])


def _shape(one: Alert) -> AlertShape:
    return AlertShape(
        key=one.key,
        kind=one.kind,
        subject=mask_text(one.subject),
        detail=mask_text(one.detail),
        do=one.do,
        critical=one.critical,
        since=one.since,
        seen=one.seen,
        count=one.count,
        acknowledged_by=one.acknowledged_by or None,
        acknowledged_at=one.acknowledged_at,
    )
