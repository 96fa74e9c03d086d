"""Find: leads by person, id, source, rule, state, reason and time; and what was found as a file."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from starlette.responses import RedirectResponse, Response

from gateway.model import CallState
from gateway.ordering import ORDER_SOURCE
from gateway.reasons import Reason
from gateway.rules.console import Role
from gateway.rules.rulebook import DIRECT_RULE
from gateway.web.console.cookies import HOME
from gateway.web.console.files import streamed
from gateway.web.console.finding import WITHOUT_CALL, Found, Hit, find
from gateway.web.console.leads import MARKS
from gateway.web.console.page import Act, Done, Look, Page
from gateway.web.console.visit import Refusal, Visit
from gateway.web.console.wanted import FIELDS, GROUPS, Wanted, wanted_of
from gateway.web.masking import mask_text

_EXPORTED = 10_000
_CURSOR = 500
_COLUMNS = (
    "at", "event", "call", "source", "who", "rule", "number", "state", "reason", "detail", "seconds_to_dial",
    "repeated",
)  # fmt: skip


async def show(visit: Visit) -> Response:
    """What was found, newest first; an id leads to its page at once."""
    wanted = wanted_of(visit, visit.request.query_params)
    named = await _named(visit, wanted)
    if named is not None:
        return RedirectResponse(HOME + named, 303)
    found = await _found(visit, wanted, visit.request.query_params.get("cursor", "")[:_CURSOR] or None)
    return visit.page("find.html", wanted=wanted, found=found, without_call=WITHOUT_CALL, **_choices(visit, wanted))


async def export(visit: Visit) -> Done:
    """Up to ten thousand lines, streamed; numbers masked unless they are asked for, which is kept."""
    wanted, full = wanted_of(visit, visit.form), visit.field("numbers") == "full"
    kind = visit.field("as", "csv")
    response = streamed("leads", kind, _COLUMNS, _rows(visit, wanted, full=full))
    asked = ", ".join(f"{name} {mask_text(text)}" for name, text in wanted.given.items() if name != "q")
    detail = f"{kind}, numbers {'in full' if full else 'masked'}; {wanted.said or 'anybody'}; {asked}".rstrip("; ")
    return Done(response=response, action="leads.exported", detail=detail)


async def _named(visit: Visit, wanted: Wanted) -> str | None:
    """The page of what an id names. Raises Refusal where it names nothing."""
    reads = visit.front.ledger.reads
    if wanted.kind == "event" and await reads.event(wanted.value) is not None:
        return f"/events/{wanted.value}"
    if wanted.kind == "call" and await reads.call(wanted.value) is not None:
        return f"/calls/{wanted.value}"
    if wanted.kind == "delivery":
        delivery = await reads.delivery(wanted.value)
        if delivery is not None and delivery.event_ids:
            return f"/events/{delivery.event_ids[0]}"
    if wanted.kind in {"event", "call", "delivery"}:
        raise Refusal(404, f"No such {wanted.kind}", f"Nothing has the id {wanted.value}, or it is no longer kept.")
    return None


async def _found(visit: Visit, wanted: Wanted, cursor: str | None) -> Found:
    try:
        return await find(visit.front.ledger, wanted, cursor=cursor)
    except ValueError:
        raise Refusal(422, "Not understood", "That is no address of this list, or no person: search anew.") from None


async def _rows(visit: Visit, wanted: Wanted, *, full: bool) -> AsyncIterator[Sequence[str]]:
    cursor, written = None, 0
    while True:
        found = await find(visit.front.ledger, wanted, cursor=cursor)
        for hit in found.hits[: _EXPORTED - written]:
            written += 1
            yield _row(hit, full=full)
        cursor = found.cursor
        if cursor is None or written >= _EXPORTED:
            return


def _row(hit: Hit, *, full: bool) -> tuple[str, ...]:
    lead = hit.lead
    return (
        lead.at.isoformat(), lead.event_id, lead.call_id, lead.source, hit.phone if full and hit.phone else lead.who,
        lead.rule, lead.number, lead.state, lead.reason or "", lead.detail,
        "" if lead.seconds is None else f"{lead.seconds:.3f}", str(lead.duplicates),
    )  # fmt: skip


def _choices(visit: Visit, wanted: Wanted) -> Mapping[str, Any]:
    config = visit.front.keeper.current.config
    return {
        "fields": FIELDS,
        "chosen": {"source": wanted.source, "rule": wanted.rule, "state": wanted.state, "reason": wanted.reason},
        "sources": sorted({*config.sources, ORDER_SOURCE}),
        "rules": [*(rule.name for rule in config.rules), DIRECT_RULE],
        "labels": {
            **{str(state): mark.label for state, mark in MARKS.items() if state != CallState.CLAIMED},
            **{name: label for name, (label, _) in GROUPS.items()},
        },
        "reasons": sorted(reason.value for reason in Reason),
    }


PAGE = Page(
    name="find",
    title="Find",
    path="/find",
    order=20,
    key="f",
    entries=(Look(path="/find", handler=show), Act(path="/find/export", handler=export, role=Role.OPERATOR)),
)
