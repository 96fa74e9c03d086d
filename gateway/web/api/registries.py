"""/v1/do-not-call/status and /scrubbed: how old the registries are that the do-not-call list is filled from."""

from datetime import datetime
from typing import Literal

import structlog
from fastapi import APIRouter
from pydantic import AwareDatetime, Field

from gateway.ledger.records import Transition
from gateway.web.api.do_not_call import ChangedShape
from gateway.web.api.questions import Actor, FrontNeeded
from gateway.web.api.shapes import Shape, Wish
from gateway.web.problems import field_problem
from gateway.web.scrub_health import scrubs_of_all, state_of

router = APIRouter(prefix="/do-not-call", tags=["do not call"])
log = structlog.stdlib.get_logger("dialgate.api")


class RegistryShape(Shape):
    """How old one registry is."""

    name: str
    state: Literal["fresh", "due soon", "overdue"] = Field(description="overdue: nobody under it is rung")
    scrubbed_at: datetime | None = Field(description="as of when it was imported or scrubbed; null: never")
    good_until: datetime | None
    marked_at: datetime | None = Field(description="when that was said")
    by: str


class ListStatusShape(Shape):
    """The list, what it is filled from, and who else is asked."""

    entries: int
    registries: list[RegistryShape]
    checks: list[str] = Field(description="systems asked before a dial")


class Scrubbed(Wish):
    """A registry that was imported whole, or compared with the list, as of an instant."""

    registry: str = Field(max_length=80)
    at: AwareDatetime | None = Field(None, description="as of when the registry was; default: now")


@router.get("/status")
async def status(front: FrontNeeded) -> ListStatusShape:
    """How many are listed, how old each configured registry is, and which systems are asked."""
    config, now = front.keeper.current.config.do_not_call, front.now()
    marks = await front.ledger.scrubs.find(tuple(config.lists))
    registries = [
        RegistryShape(
            name=one.list,
            state=state_of(front, one, now),
            scrubbed_at=one.at,
            good_until=one.good_until,
            marked_at=marks[one.list].marked_at if one.list in marks else None,
            by=marks[one.list].by if one.list in marks else "",
        )
        for one in await scrubs_of_all(front)
    ]
    entries = await front.ledger.do_not_call.count()
    return ListStatusShape(entries=entries, registries=registries, checks=list(config.checks))


@router.post("/scrubbed")
async def scrubbed(front: FrontNeeded, mark: Scrubbed, actor: Actor) -> ChangedShape:
    """Say that the list agrees with a registry as of an instant. It never makes a registry older."""
    now = front.now()
    if mark.registry not in front.keeper.current.config.do_not_call.lists:
        raise field_problem("registry", "none of this name is configured under do_not_call: lists")
    if mark.at is not None and mark.at > now:
        raise field_problem("at", "this is in the future")
    done = await front.ledger.scrubs.mark(mark.registry, at=mark.at or now, by=actor, now=now)
    log.info("action", action="do_not_call.scrubbed", registry=mark.registry, by=actor)
    changed = int(done is Transition.DONE)
    return ChangedShape(changed=changed, same=1 - changed)
