"""Lists as files: CSV that no spreadsheet takes for formulas, and JSONL; written line by line."""

import csv
from collections.abc import AsyncIterator, Sequence
from io import StringIO

import orjson
from starlette.responses import StreamingResponse

from gateway.web.console.visit import Refusal

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MEDIA = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


def streamed(name: str, kind: str, columns: Sequence[str], rows: AsyncIterator[Sequence[str]]) -> StreamingResponse:
    """The file as an answer. Raises Refusal for a kind that is neither csv nor jsonl."""
    if kind not in _MEDIA:
        raise Refusal(422, "No such format", "It can be exported as csv or jsonl.")
    headers = {"Content-Disposition": f'attachment; filename="dialgate-{name}.{kind}"'}
    return StreamingResponse(_lines(kind, columns, rows), headers=headers, media_type=_MEDIA[kind])


async def _lines(kind: str, columns: Sequence[str], rows: AsyncIterator[Sequence[str]]) -> AsyncIterator[bytes]:
    if kind == "csv":
        yield _csv(columns)
    async for row in rows:
        yield _csv(row) if kind == "csv" else orjson.dumps(dict(zip(columns, row, strict=True))) + b"\n"


def _csv(values: Sequence[str]) -> bytes:
    """A line; what a spreadsheet would take for a formula is written as text."""
    text = StringIO()
    csv.writer(text).writerow([f"'{value}" if value.startswith(_FORMULA) else value for value in values])
    return text.getvalue().encode()
