"""A call, or an event: everything that happened to one lead, from the raw delivery to the outcome."""

import asyncio
from collections.abc import Sequence

import orjson
from starlette.responses import Response

from gateway.ledger.records import Call, DeliveryRecord, EventRecord, TimelineEntry
from gateway.model import CallState, Verdict, record
from gateway.rules.console import Role
from gateway.web.console.foresight import verdicts_now
from gateway.web.console.leads import lead_of_call, leads_of
from gateway.web.console.page import Act, Done, Look, Page
from gateway.web.console.story import Attempt, attempts_of, steps_of
from gateway.web.console.visit import Refusal, Visit
from gateway.web.masking import outline

_WAITING = frozenset({CallState.READY, CallState.HELD})
_ENDED = frozenset(CallState) - _WAITING - {CallState.CLAIMED, CallState.DIALING}
_SHOWN_BYTES = 64 * 1024


@record
class CallTold:
    """A call on its page. `now`: the verdicts are those of this instant, not those of the last look."""

    call: Call
    attempts: tuple[Attempt, ...]
    verdicts: tuple[Verdict, ...]
    now: bool
    checks: tuple[str, ...]  # other systems that are asked right before the dial
    ended: bool

    @property
    def waits(self) -> bool:
        """Whether it can still be cancelled."""
        return self.call.state in _WAITING


async def show_call(visit: Visit) -> Response:
    """One call, its event and its delivery."""
    call = await known_call(visit)
    event = await visit.front.ledger.reads.event(call.event_id)
    return await _shown(visit, event, [call], call)


async def show_event(visit: Visit) -> Response:
    """One event with all its calls."""
    event = await known_event(visit)
    found = await visit.front.ledger.reads.calls_by_id(event.call_ids)
    calls = [found[call_id] for call_id in event.call_ids if call_id in found]
    return await _shown(visit, event, calls, calls[0] if len(calls) == 1 else None)


async def reveal(visit: Visit) -> Done:
    """What was received, in full; it is kept who looked."""
    event = await known_event(visit)
    delivery = await visit.front.ledger.reads.delivery(event.delivery_id)
    content = received(event, delivery, full=True)
    response = visit.page("story_received.html", received=content, delivery=delivery, event=event, full=True)
    return Done(response=response, action="event.content_revealed", subject=event.id)


async def known_call(visit: Visit) -> Call:
    """The call of the path. Raises Refusal."""
    call = await visit.front.ledger.reads.call(visit.place("id"))
    if call is None:
        raise Refusal(404, "No such call", "There is no call with this id, or it is no longer kept.")
    return call


async def known_event(visit: Visit) -> EventRecord:
    """The event of the path. Raises Refusal."""
    event = await visit.front.ledger.reads.event(visit.place("id"))
    if event is None:
        raise Refusal(404, "No such event", "There is no event with this id, or it is no longer kept.")
    return event


def received(event: EventRecord | None, delivery: DeliveryRecord | None, *, full: bool) -> dict[str, str]:
    """The parts of what came in, by what they are called; masked: only their shape. None of it where it is gone."""
    found: dict[str, str] = {}
    if event is not None and event.event.payload:
        found["What the rules saw"] = _pretty(event.event.payload if full else outline(event.event.payload))
    if event is not None and event.event.record is not None:
        found["What was fetched"] = _pretty(event.event.record if full else outline(event.event.record))
    if full and delivery is not None:
        found["Headers"] = "\n".join(f"{name}: {value}" for name, value in delivery.headers)
        if delivery.query:
            found["Query"] = delivery.query
        if delivery.body is not None:
            found["Body as received"] = delivery.body[:_SHOWN_BYTES].decode("utf-8", "replace")
    return found


async def _shown(visit: Visit, event: EventRecord | None, calls: Sequence[Call], call: Call | None) -> Response:
    ledger = visit.front.ledger
    delivery_id = event.delivery_id if event is not None else (call.delivery_id if call else "")
    delivery, histories, told = await asyncio.gather(
        ledger.reads.delivery(delivery_id),
        asyncio.gather(*(ledger.reads.timeline(one.id) for one in calls)),
        asyncio.gather(*(ledger.notices.of_call(one.id) for one in calls)),
    )
    by_call = dict(zip((one.id for one in calls), histories, strict=True))
    notices = [notice for several in told for notice in several]
    received_at = event.received_at if event is not None else calls[0].received_at
    return visit.page(
        "story.html",
        event=event,
        delivery=delivery,
        calls=[await _told_of(visit, one, by_call[one.id]) for one in calls],
        one=call,
        leads=[lead_of_call(one) for one in calls] if calls else leads_of([event] if event else [], {}),
        steps=steps_of(event, delivery, by_call, notices, received_at=received_at),
        received=received(event, delivery, full=False),
        full=False,
    )


async def _told_of(visit: Visit, call: Call, history: Sequence[TimelineEntry]) -> CallTold:
    """A call with what its part of the page shows: for one that waits what the guards say now, else what they said."""
    waits = call.state in _WAITING
    return CallTold(
        call=call,
        attempts=tuple(attempts_of(call, history)),
        verdicts=await verdicts_now(visit.front, call) if waits else call.verdicts,
        now=waits,
        checks=tuple(check.name for check in visit.front.keeper.current.checks_for(call.rule)),
        ended=call.state in _ENDED,
    )


def _pretty(value: object) -> str:
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    return text if len(text) <= _SHOWN_BYTES else text[:_SHOWN_BYTES] + "\n…"


PAGE = Page(
    name="story",
    entries=(
        Look(path="/calls/{id}", handler=show_call),
        Look(path="/events/{id}", handler=show_event),
        Act(path="/events/{id}/content", handler=reveal, role=Role.OPERATOR),
    ),
)
