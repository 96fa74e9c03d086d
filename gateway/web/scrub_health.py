"""How old the registries are, for those who watch: overdue ones keep calls from ringing, others are warned of."""

from datetime import datetime
from typing import Literal

from gateway.contracts import Scrub
from gateway.rules.scrubbing import due_soon, overdue, scrubs_of
from gateway.web.front import Front

DO = "import its current version: `dialgate dnc import FILE --list {0}`, or `dialgate dnc scrubbed {0}` if it agrees"


async def scrubs_of_all(front: Front) -> tuple[Scrub, ...]:
    """Every configured registry. Raises LedgerUnavailable."""
    lists = front.keeper.current.config.do_not_call.lists
    marks = await front.ledger.scrubs.find(tuple(lists))
    return scrubs_of(lists, {name: mark.at for name, mark in marks.items()})


def state_of(front: Front, scrub: Scrub, now: datetime) -> Literal["fresh", "due soon", "overdue"]:
    """`overdue`, `due soon` or `fresh`."""
    if overdue(scrub, now):
        return "overdue"
    return "due soon" if due_soon(scrub, front.keeper.current.config.do_not_call.lists[scrub.list], now) else "fresh"


async def scrub_told(front: Front, state: str) -> list[tuple[str, str, datetime | None]]:
    """Of each registry in this state: what is to be said, what to do, and as of when it was scrubbed."""
    now = front.now()
    found = [scrub for scrub in await scrubs_of_all(front) if state_of(front, scrub, now) == state]
    return [(_sentence(scrub, now), DO.format(scrub.list), scrub.at) for scrub in found]


def _sentence(scrub: Scrub, now: datetime) -> str:
    if scrub.good_until is None:
        return f"the do-not-call registry {scrub.list} was never imported or scrubbed: nobody under it is rung"
    until = f"{scrub.good_until:%Y-%m-%d %H:%M} UTC"
    if overdue(scrub, now):
        return f"the do-not-call registry {scrub.list} has been too old since {until}: nobody under it is rung"
    return f"the do-not-call registry {scrub.list} will be too old at {until}; then nobody under it is rung"
