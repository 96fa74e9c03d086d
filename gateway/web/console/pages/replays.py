"""Replay in bulk: filter, what it would do, the order, its progress. The engines decide; a page shows and orders."""

import os
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from gateway.bulk_replaying import look_on, needs_second_person, order, seen_calls
from gateway.ledger.records import Transition
from gateway.ledger.replays import BulkReplay, ReplayState
from gateway.model import EventState
from gateway.reasons import Reason
from gateway.replay_preview import ReplayFilter
from gateway.rules.console import Role
from gateway.web.console.instants import instant_in
from gateway.web.console.leads import leads_of
from gateway.web.console.page import Act, Done, Look, Page, Trial
from gateway.web.console.visit import Refusal, Visit
from gateway.web.console.wording import ending_of, pieces_of_preview, sentence_of_preview

_LISTED = 30
_LEADS = 50
_DIGITS = 7  # of a place in a list
_NO_MORE = 286  # htmx stops asking
_UNDER_WAY = {ReplayState.APPROVED, ReplayState.RUNNING}
_SAID: Mapping[Transition, str] = {
    Transition.STALE: "Its preview is older than an hour: look again what it would do.",
    Transition.WRONG_STATE: "Meanwhile it has moved on, so nothing was changed.",
    Transition.MISSING: "There is no such order any more.",
}


async def show(visit: Visit) -> Response:
    """The filter, and the orders so far."""
    orders, _ = await visit.front.ledger.replays.listed(limit=_LISTED)
    rulebook = visit.front.keeper.current
    return visit.page(
        "replays.html",
        orders=[(one, sentence_of_preview(one)) for one in orders],
        states=list(EventState),
        sources=list(rulebook.sources),
        rules=[rule.name for rule in rulebook.config.rules],
        reasons=sorted(Reason),
        policy=rulebook.config.policy.replay,
    )


async def look_ahead(visit: Visit) -> Done:
    """Which events are meant and what deciding them anew would do; kept as an order that nobody has approved.

    The first look is taken at once; the order's page takes the others, one after the other.
    """
    front = visit.front
    made = await order(
        front.ledger,
        front.keeper.current,
        _filter(visit),
        by=visit.actor,
        again=visit.field("again") == "1",
        now=visit.now,
        random=os.urandom,
    )
    asked = ", ".join(f"{name} {value}" for name, value in made.where.items()) or "every event"
    return Done(response=visit.back(f"/replays/{made.id}"), action="replay.previewed", subject=made.id, detail=asked)


async def look_further(visit: Visit) -> Response:
    """One look more at what an order would do; its page anew where that was the last."""
    found = await look_on(visit.front.ledger, visit.front.keeper.current, await _known(visit), now=visit.now)
    if visit.partial and found.state is ReplayState.PREVIEWING:
        return visit.page("replay_preview.html", **_told(visit, found))
    return visit.back(f"/replays/{found.id}")


async def calls(visit: Visit) -> Response:
    """The calls behind one figure of the preview."""
    found, of, start = await _known(visit), visit.query("of"), visit.query("from", "0")
    if not (start.isascii() and start.isdecimal() and len(start) < _DIGITS):
        raise Refusal(422, "No such page", "Go to the list of the order again.")
    seen = await seen_calls(visit.front.ledger, found.id, of, limit=_LEADS, start=int(start))
    values = _told(visit, found) | {"calls": seen.calls, "on": seen.start, "of": of, "ending": ending_of}
    return visit.page("replay_calls.html", **values)


async def one(visit: Visit) -> Response:
    """One order."""
    found = await _known(visit)
    ids = await visit.front.ledger.replays.remaining(found.id, limit=_LEADS)
    events = await visit.front.ledger.reads.heads(ids)
    return visit.page("replay.html", leads=leads_of(events, {}), **_told(visit, found))


async def progress(visit: Visit) -> Response:
    """How far it is."""
    told = _told(visit, await _known(visit))
    return visit.page("replay_progress.html", status=200 if told["under_way"] else _NO_MORE, **told)


async def approve(visit: Visit) -> Done:
    """PREVIEWED → APPROVED; above the limit by somebody other than who ordered it."""
    found = await _known(visit)
    if _second_person(visit, found) and visit.visitor.name == found.by:
        raise Refusal(403, "Somebody else must approve", "It may ring more phones than one person alone may order.")
    done = await visit.front.ledger.replays.approve(found.id, actor=visit.actor, now=visit.now)
    return _after(visit, done, "replay.approved", "Under way: it can be stopped at any moment.")


async def cancel(visit: Visit) -> Done:
    """No further event is decided."""
    found = await _known(visit)
    done = await visit.front.ledger.replays.cancel(found.id, actor=visit.actor, now=visit.now)
    return _after(visit, done, "replay.cancelled", "Cancelled: no further event is decided. What rang stays rung.")


def _after(visit: Visit, done: Transition, action: str, said: str) -> Done:
    detail = "" if done not in _SAID else f"not done: {done.lower()}"
    response = visit.back(f"/replays/{visit.place('id')}", note=_SAID.get(done, said))
    return Done(response=response, action=action, subject=visit.place("id"), detail=detail)


def _told(visit: Visit, found: BulkReplay) -> dict[str, Any]:
    return {
        "order": found,
        "pieces": pieces_of_preview(found),
        "looking": found.state is ReplayState.PREVIEWING,
        "under_way": found.state in _UNDER_WAY,
        "second": _second_person(visit, found),
        "open": found.state not in {ReplayState.DONE, ReplayState.CANCELLED},
    }


def _second_person(visit: Visit, found: BulkReplay) -> bool:
    return needs_second_person(found, visit.front.keeper.current)


async def _known(visit: Visit) -> BulkReplay:
    found = await visit.front.ledger.replays.find(visit.place("id"))
    if found is None:
        raise Refusal(404, "No such order", "There is no replay with this id.")
    return found


def _filter(visit: Visit) -> ReplayFilter:
    state = visit.field("state")
    if state and state not in set(EventState):
        raise Refusal(422, "No such state", "Choose a state of the list.")
    return ReplayFilter(
        state=EventState(state) if state else None,
        source=visit.field("source") or None,
        reason=visit.field("reason") or None,
        rule=visit.field("rule") or None,
        since=instant_in(visit, "since"),
        before=instant_in(visit, "before"),
    )


PAGE = Page(
    name="replays",
    title="Replay",
    path="/replays",
    order=56,
    key="p",
    entries=(
        Look(path="/replays", handler=show),
        Look(path="/replays/{id}", handler=one),
        Look(path="/replays/{id}/progress", handler=progress),
        Look(path="/replays/{id}/calls", handler=calls),
        Trial(path="/replays/{id}/preview", handler=look_further),
        Act(path="/replays", handler=look_ahead, role=Role.OPERATOR),
        Act(path="/replays/{id}/approve", handler=approve),
        Act(path="/replays/{id}/cancel", handler=cancel),
    ),
)
