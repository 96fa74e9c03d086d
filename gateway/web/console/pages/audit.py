"""Audit: who signed in, acted and revealed, newest first; and the whole of it as a file."""

from collections.abc import AsyncIterator, Sequence

from starlette.responses import Response

from gateway.rules.console import Role
from gateway.web.console.files import streamed
from gateway.web.console.page import Act, Done, Look, Page
from gateway.web.console.visit import Refusal, Visit

_LISTED = 50
_EXPORTED = 500
_COLUMNS = ("id", "at", "by", "action", "subject", "detail", "address")


async def show(visit: Visit) -> Response:
    """A page of it."""
    by = visit.query("by")
    try:
        deeds, more = await visit.front.ledger.deeds.listed(
            by=by or None, limit=_LISTED, cursor=visit.query("cursor") or None
        )
    except ValueError:
        raise Refusal(422, "No such page", "The address is not one of this list: start again from its top.") from None
    return visit.page("audit.html", deeds=deeds, more=more, by=by)


async def export(visit: Visit) -> Done:
    """All of it as CSV or JSONL, streamed; that it was exported is part of it."""
    kind = visit.field("as", "csv")
    return Done(response=streamed("audit", kind, _COLUMNS, _rows(visit)), action="audit.exported", detail=kind)


async def _rows(visit: Visit) -> AsyncIterator[Sequence[str]]:
    cursor = None
    while True:
        deeds, cursor = await visit.front.ledger.deeds.listed(limit=_EXPORTED, cursor=cursor)
        for deed in deeds:
            yield (deed.id, deed.at.isoformat(), deed.by, deed.action, deed.subject, deed.detail, deed.address)
        if cursor is None:
            return


PAGE = Page(
    name="audit",
    title="Audit",
    path="/audit",
    order=900,
    key="a",
    entries=(Look(path="/audit", handler=show), Act(path="/audit/export", handler=export, role=Role.OPERATOR)),
)
