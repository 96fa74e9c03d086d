"""/v1/shadow: a changed rulebook beside the one in force, over events that really came in."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import Field

from gateway import shadowing
from gateway.errors import ConfigInvalid
from gateway.reasons import Reason
from gateway.rehearsed import Ending
from gateway.rules.documents import MAX_FILE_BYTES
from gateway.rules.rulebook import Rulebook
from gateway.shadowing import STEP_AT_MOST, Change, ShadowFilter
from gateway.web.api.questions import FrontNeeded, instant_of, page_of
from gateway.web.api.shapes import Shape, Wish
from gateway.web.front import Front
from gateway.web.masking import mask_text
from gateway.web.problems import ApiProblem

router = APIRouter(prefix="/shadow", tags=["events"])


class ShadowOrder(Wish):
    """One bounded step; go on with `next` of its answer until that is null."""

    rulebook: str = Field(max_length=MAX_FILE_BYTES, description="YAML: its sections stand in for those in force")
    source: str | None = Field(None, max_length=200)
    since: str | None = Field(None, max_length=64, description="received then or later: an instant, or 24h, 7d")
    limit: int = Field(STEP_AT_MOST, ge=1, le=STEP_AT_MOST)
    cursor: str | None = Field(None, max_length=500)


class OutlookShape(Shape):
    """What would become of one call."""

    person: str = Field(description="a masked phone, or a contact's id")
    rule: str
    number: str
    ending: Ending
    until: datetime | None
    reason: Reason | None


class DifferenceShape(Shape):
    """One event that would be decided differently, for one person or as a whole."""

    event_id: str
    source: str
    received_at: datetime
    changes: list[Change]
    before: OutlookShape | None
    after: OutlookShape | None
    error: str | None


class ShadowShape(Shape):
    """What a step found. `notKept`: events whose content or source is gone. `next` is null at the end."""

    looked_at: int
    unchanged: int
    not_kept: int
    differences: list[DifferenceShape]
    next: str | None


@router.post("")
async def shadow(front: FrontNeeded, order: ShadowOrder) -> ShadowShape:
    """Decide the newest events by both rulebooks, at the instants they came in. Writes and sends nothing."""
    where = ShadowFilter(source=order.source, since=instant_of(order.since, front.now()))
    comparing = shadowing.compare(
        front.ledger, front.keeper.current, _draft(front, order.rulebook), where, limit=order.limit, cursor=order.cursor
    )
    step = await page_of(comparing)
    return ShadowShape(
        looked_at=step.looked_at,
        unchanged=step.unchanged,
        not_kept=step.not_kept,
        differences=[_shape(one) for one in step.differences],
        next=step.cursor,
    )


def _draft(front: Front, text: str) -> Rulebook:
    try:
        return front.keeper.draft(text)
    except ConfigInvalid as error:
        fields = [("rulebook", str(problem)) for problem in error.problems]
        raise ApiProblem(422, "invalid", "the rulebook is not valid", fields=fields) from None


def _shape(one: shadowing.Difference) -> DifferenceShape:
    found = DifferenceShape.model_validate(one, from_attributes=True)
    return found.model_copy(update={"error": mask_text(one.error)}) if one.error else found
