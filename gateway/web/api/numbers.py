"""/v1/numbers: the numbers calls are made from, and how the call API takes them."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import Field

from gateway.ledger.numbers import NumberHealth
from gateway.rules.config import Number
from gateway.web.api.questions import FrontNeeded
from gateway.web.api.shapes import Shape
from gateway.web.masking import mask_text

router = APIRouter(tags=["operations"])


class NumberShape(Shape):
    """A number of the configuration, and whether the call API takes calls from it."""

    name: str
    from_number_id: str
    account: str
    ailing: bool = Field(description="refused again and again: it rests, or one call at a time tries it")
    refusals: int = Field(description="calls in a row that were refused for the number's sake")
    since: datetime | None = Field(description="the first of them")
    resting_until: datetime | None = Field(description="no call is made from it before")
    said: str | None = Field(description="what the call API said last")


class NumbersShape(Shape):
    """Every number."""

    items: list[NumberShape]


@router.get("/numbers")
async def list_numbers(front: FrontNeeded) -> NumbersShape:
    """Every number of the configuration, and the refusals since the last call that was placed on it."""
    refused = {one.number: one for one in await front.ledger.numbers.refused(now=front.now())}
    numbers = front.keeper.current.config.numbers
    return NumbersShape(items=[_shape(name, number, refused.get(name)) for name, number in sorted(numbers.items())])


def _shape(name: str, number: Number, health: NumberHealth | None) -> NumberShape:
    return NumberShape(
        name=name,
        from_number_id=number.id,
        account=number.account,
        ailing=health is not None and health.ailing,
        refusals=health.refusals if health else 0,
        since=health.since if health else None,
        resting_until=health.resting_until if health else None,
        said=mask_text(health.said) if health else None,
    )
