"""Workbench: a delivery beside the rules, and what they would make of it. Nothing is sent, stored or saved."""

from typing import Any

import orjson
from starlette.responses import Response

from gateway.ledger.records import EventFilter
from gateway.rules.console import Role
from gateway.rules.texts import rules_as_written
from gateway.web.console.instants import instant_in
from gateway.web.console.leads import leads_of
from gateway.web.console.page import Look, Page, Trial
from gateway.web.console.trying import Stored, Tried, draft_of, stored, try_stored, try_typed
from gateway.web.console.visit import Visit
from gateway.web.masking import outline

_PICKED_FROM = 12
_SAMPLE = '{\n  "id": "lead-1",\n  "interest": "demo",\n  "phone": "+1 415 555 0123"\n}'


async def show(visit: Visit) -> Response:
    """The rules in force beside a delivery: a stored one, if one was picked."""
    found = await stored(visit, visit.query("event"))
    sources = visit.front.keeper.current.sources
    form = {
        "rules": rules_as_written(visit.front.keeper.files),
        "event": found.event.id if found else "",
        "source": found.event.source if found else visit.query("source") or next(iter(sources), ""),
        "kind": "json",
        "body": _SAMPLE,
        "at": "",
    }
    return visit.page("workbench.html", form=form, found=None, **await _around(visit, found))


async def attempt(visit: Visit) -> Response:
    """What would come of it."""
    found = await stored(visit, visit.field("event"))
    tried = await _tried(visit, found)
    if visit.partial:
        return visit.page("workbench_found.html", found=tried)
    form = {name: visit.form.get(name, "") for name in ("rules", "event", "source", "kind", "body", "at")}
    return visit.page("workbench.html", form=form, found=tried, **await _around(visit, found))


async def _tried(visit: Visit, found: Stored | None) -> Tried:
    now = instant_in(visit, "at") or visit.now
    draft = await draft_of(visit, visit.form.get("rules", "").replace("\r\n", "\n"))
    if isinstance(draft, tuple):
        return Tried(faults=draft)
    if found is not None:
        return await try_stored(visit, draft, found, now=now)
    return await try_typed(visit, draft, now=now)


async def _around(visit: Visit, found: Stored | None) -> dict[str, Any]:
    events, _ = await visit.front.ledger.reads.events(EventFilter(), limit=_PICKED_FROM, whole=False)
    return {
        "sources": list(visit.front.keeper.current.sources),
        "picked": found.event if found else None,
        "shape": orjson.dumps(outline(found.event.event.payload), option=orjson.OPT_INDENT_2).decode() if found else "",
        "recent": leads_of(events, {}),
    }


PAGE = Page(
    name="workbench",
    title="Workbench",
    path="/workbench",
    order=52,
    key="w",
    entries=(
        Look(path="/workbench", handler=show, role=Role.OPERATOR),
        Trial(path="/workbench/try", handler=attempt),
    ),
)
