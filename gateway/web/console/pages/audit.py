"""Audit: who signed in, acted and revealed, newest first; and the whole of it as a file."""

import csv
from collections.abc import AsyncIterator
from io import StringIO

import orjson
from starlette.responses import Response, StreamingResponse

from gateway.ledger.deeds import Deed
from gateway.rules.console import Role
from gateway.web.console.page import Act, Done, Look, Page
from gateway.web.console.visit import Refusal, Visit

_LISTED = 50
_EXPORTED = 500
_COLUMNS = ("id", "at", "by", "action", "subject", "detail", "address")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
    if kind not in {"csv", "jsonl"}:
        raise Refusal(422, "No such format", "It can be exported as csv or jsonl.")
    media_type = "text/csv; charset=utf-8" if kind == "csv" else "application/x-ndjson"
    headers = {"Content-Disposition": f'attachment; filename="dialgate-audit.{kind}"'}
    response = StreamingResponse(_lines(visit, kind), headers=headers, media_type=media_type)
    return Done(response=response, action="audit.exported", detail=kind)


async def _lines(visit: Visit, kind: str) -> AsyncIterator[bytes]:
    if kind == "csv":
        yield _row(_COLUMNS)
    cursor = None
    while True:
        deeds, cursor = await visit.front.ledger.deeds.listed(limit=_EXPORTED, cursor=cursor)
        for deed in deeds:
            yield (
                _row(_values(deed))
                if kind == "csv"
                else orjson.dumps(dict(zip(_COLUMNS, _values(deed), strict=True))) + b"\n"
            )
        if cursor is None:
            return


def _values(deed: Deed) -> tuple[str, ...]:
    return (deed.id, deed.at.isoformat(), deed.by, deed.action, deed.subject, deed.detail, deed.address)


def _row(values: tuple[str, ...]) -> bytes:
    """A CSV line; what a spreadsheet would take for a formula is written as text."""
    text = StringIO()
    csv.writer(text).writerow([f"'{value}" if value.startswith(_FORMULA) else value for value in values])
    return text.getvalue().encode()


PAGE = Page(
    name="audit",
    title="Audit",
    path="/audit",
    order=900,
    key="a",
    entries=(Look(path="/audit", handler=show), Act(path="/audit/export", handler=export, role=Role.OPERATOR)),
)
