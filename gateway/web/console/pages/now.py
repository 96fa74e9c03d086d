"""Now: the leads as they come in, what waits, what needs a person, and the switch."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any

from starlette.responses import Response, StreamingResponse

from gateway.ledger.records import Call, CallFilter, EventFilter
from gateway.model import CallState
from gateway.web.console.health import accounts_of, sources_of
from gateway.web.console.leads import lead_of_call, leads_of
from gateway.web.console.page import Look, Page
from gateway.web.console.sessions import visitor_of
from gateway.web.console.tail import Tail, TooMany, tail_of
from gateway.web.console.visit import Refusal, Visit
from gateway.web.patience import END_STREAM

_LEADS = 50
_LISTED = 20
_BEATS = 240  # of at least a quiet 15 s each: a stream ends after an hour at the latest, and the browser comes again


async def show(visit: Visit) -> Response:
    """The whole page."""
    parts = await asyncio.gather(*(part(visit) for part in (_switch, _attention, _waiting, _leads, _health)))
    return visit.page("now.html", **{name: value for part in parts for name, value in part.items()})


async def leads(visit: Visit) -> Response:
    """The feed."""
    return visit.page("now_leads.html", **await _leads(visit))


async def waiting(visit: Visit) -> Response:
    """Calls that wait."""
    return visit.page("now_waiting.html", **await _waiting(visit))


async def attention(visit: Visit) -> Response:
    """What needs a person."""
    return visit.page("now_attention.html", **await _attention(visit))


async def switch(visit: Visit) -> Response:
    """What is stopped."""
    return visit.page("now_switch.html", **await _switch(visit))


async def health(visit: Visit) -> Response:
    """Accounts and sources."""
    return visit.page("now_health.html", **await _health(visit))


async def tail(visit: Visit) -> Response:
    """Server-sent events: the name of each part of the page that is no longer as shown, as soon as it is not."""
    follower = tail_of(visit.request.scope)
    if follower.full:
        raise Refusal(
            503, "Too many watch", "Reload the page to see what is new; live updates come back by themselves."
        )
    visit.request.scope["state"][END_STREAM] = follower.close
    return StreamingResponse(
        _told(follower, visit), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )


async def _told(follower: Tail, visit: Visit) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    try:
        async with aclosing(follower.watch(visit.front.ledger.pulse)) as changes:
            beats = 0
            async for changed in changes:
                beats += not changed
                if not changed and (beats > _BEATS or await visitor_of(visit.request, visit.front) is None):
                    return
                yield _lines(changed)
    except TooMany:
        return


def _lines(changed: Mapping[str, str]) -> str:
    """One event a topic; a comment where nothing changed, so that proxies keep the connection."""
    return "".join(f"event: {topic}\ndata: {mark}\n\n" for topic, mark in changed.items()) or ": still here\n\n"


async def _leads(visit: Visit) -> dict[str, Any]:
    reads = visit.front.ledger.reads
    events, _ = await reads.events(EventFilter(), limit=_LEADS, whole=False)
    calls = await reads.calls_by_id([call_id for event in events for call_id in event.call_ids])
    return {"leads": leads_of(events, calls), "sources_configured": bool(visit.front.keeper.current.sources)}


async def _waiting(visit: Visit) -> dict[str, Any]:
    counts, calls = await asyncio.gather(visit.front.ledger.reads.counts(), _in_state(visit, CallState.READY))
    return {
        "counts": {state.value: count for state, count in counts.items()},
        "waiting": [lead_of_call(call) for call in sorted(calls, key=lambda call: call.not_before)],
        "expires": {call.id: call.expires_at for call in calls},
        "due_at": {call.id: call.not_before for call in calls},
    }


async def _attention(visit: Visit) -> dict[str, Any]:
    unknown, held, alerts = await asyncio.gather(
        _in_state(visit, CallState.UNKNOWN), _in_state(visit, CallState.HELD), visit.front.ledger.alerts.open()
    )
    return {
        "unknown": [lead_of_call(call) for call in unknown],
        "held": [lead_of_call(call) for call in held],
        "alerts": alerts,
    }


async def _switch(visit: Visit) -> dict[str, Any]:
    return {"stops": await visit.front.ledger.stops.in_force(now=visit.now)}


async def _health(visit: Visit) -> dict[str, Any]:
    front = visit.front
    accounts, sources = await asyncio.gather(accounts_of(front), sources_of(front))
    return {"accounts": accounts, "sources": sources, "problem": front.keeper.problem}


async def _in_state(visit: Visit, state: CallState) -> tuple[Call, ...]:
    calls, _ = await visit.front.ledger.reads.calls(CallFilter(state=state), limit=_LISTED, whole=False)
    return calls


PAGE = Page(
    name="now",
    title="Now",
    path="",
    order=10,
    key="n",
    entries=(
        Look(path="", handler=show),
        Look(path="/now/leads", handler=leads),
        Look(path="/now/waiting", handler=waiting),
        Look(path="/now/attention", handler=attention),
        Look(path="/now/switch", handler=switch),
        Look(path="/now/health", handler=health),
        Look(path="/now/tail", handler=tail),
    ),
)
