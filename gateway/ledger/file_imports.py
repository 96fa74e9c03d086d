"""Imports of files into the do-not-call list: how far each is, and which of its lines could not be read.

The file itself is with the process that reads it; what is here can be shown by any other. Listing some rows and ticking
them off is one write (enlist_rows.lua), so the counts are right whatever dies or is sent twice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

import orjson

from gateway.do_not_call_csv import Fault, Row
from gateway.ids import may_be_id
from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.decoding import text_list
from gateway.ledger.encoding import dumps, subject_fields
from gateway.ledger.instants import from_ms, to_ms
from gateway.ledger.records import Transition
from gateway.model import record

BAD_LINES = 1000  # of one import that are kept; all are counted
KEPT = timedelta(days=90)
SILENT = timedelta(minutes=1)  # without a step: whoever read the file is gone
_IMPORTS = 100


class ImportState(StrEnum):
    """RUNNING → DONE, CANCELLED by a person, or STOPPED: the process that read the file could not go on."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    STOPPED = "STOPPED"


@record
class FileTold:
    """What is known of a file before it is read. Nothing in it names a person of the file."""

    by: str
    name: str
    region: str = ""
    registry: str = ""


@record
class FileImport:
    """One import as the ledger has it. `read` and `lines` count the file's lines; the others people and bad lines."""

    id: str
    state: ImportState
    told: FileTold
    lines: int
    read: int
    added: int
    same: int
    bad: int
    created_at: datetime
    updated_at: datetime
    ended_by: str
    detail: str

    def silent(self, now: datetime) -> bool:
        """Whether it is under way by its state, and nobody has done anything for a minute."""
        return self.state is ImportState.RUNNING and now - self.updated_at > SILENT


@record
class BadLine:
    """A line of which not everything was read, and what is wrong in which column."""

    line: int
    faults: tuple[Fault, ...]


@record
class Step:
    """Rows of a file in order: the `number`th part, after which `read` lines are read."""

    number: int
    read: int
    rows: Sequence[Row]


class Imports:
    """The newest hundred, and whatever is under way, for 90 days."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def begin(self, import_id: str, told: FileTold, *, lines: int, now: datetime) -> Transition:
        """RUNNING, nothing read yet. REPEATED: this very id is known."""
        fields = {"by": told.by, "name": told.name, "region": told.region, "registry": told.registry}
        return await self._run("begin_import", now, import_id, dumps(fields), lines, _IMPORTS, _ms(KEPT))

    async def enlist(self, import_id: str, told: FileTold, step: Step, *, now: datetime) -> Transition:
        """List the rows' people. REPEATED: was done before. WRONG_STATE: it has ended, and nobody was listed."""
        subjects = [subject_fields(subject) for row in step.rows for subject in row.subjects]
        bad = [_bad_text(row) for row in step.rows if row.faults]
        words = (step.number, step.read, dumps(subjects), dumps(bad), told.by, told.name, BAD_LINES, _ms(KEPT))
        return await self._run("enlist_rows", now, import_id, *words)

    async def end(self, import_id: str, state: ImportState, *, by: str, now: datetime, detail: str = "") -> Transition:
        """It ends in `state`; no further row is listed, and who is listed stays so. WRONG_STATE: it had ended."""
        return await self._run("end_import", now, import_id, state.value, by, detail)

    async def find(self, import_id: str) -> FileImport | None:
        """One import."""
        return (await self._read([import_id]))[0] if may_be_id(import_id) else None

    async def newest(self, limit: int) -> tuple[FileImport, ...]:
        """The newest first."""
        with unavailable():
            ids = await cast("Any", self._connection.redis.zrevrange(self._all(), 0, limit - 1))
        return tuple(one for one in await self._read(text_list(ids)) if one is not None) if ids else ()

    async def bad_lines(self, import_id: str) -> tuple[BadLine, ...]:
        """The first thousand of its bad lines, in their order."""
        if not may_be_id(import_id):
            return ()
        with unavailable():
            kept = await cast("Any", self._connection.redis.lrange(f"{self._key(import_id)}:bad", 0, -1))
        return tuple(_bad_line(text) for text in kept)

    async def _read(self, ids: Sequence[str]) -> list[FileImport | None]:
        with unavailable():
            pipeline = self._connection.redis.pipeline(transaction=False)
            for import_id in ids:
                pipeline.hgetall(self._key(import_id))
            answers = await pipeline.execute()
        return [_import(name, stored) if stored else None for name, stored in zip(ids, answers, strict=True)]

    async def _run(self, script: str, now: datetime, *arguments: str | int | bytes) -> Transition:
        return Transition((await self._connection.run(script, to_ms(now), *arguments)).decode())

    def _all(self) -> str:
        return self._connection.key("do_not_call", "imports")

    def _key(self, import_id: str) -> str:
        return self._connection.key("do_not_call", "import", import_id)


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)


def _bad_text(row: Row) -> str:
    return orjson.dumps([row.line, [[one.column, one.kind, one.problem] for one in row.faults]]).decode()


def _bad_line(text: bytes) -> BadLine:
    line, faults = orjson.loads(text)
    found = (Fault(column=column, kind=kind, problem=problem) for column, kind, problem in faults)
    return BadLine(line=line, faults=tuple(found))


def _import(name: str, stored: Mapping[bytes, bytes]) -> FileImport:
    fields = {key.decode(): value.decode() for key, value in stored.items()}
    return FileImport(
        id=name,
        state=ImportState(fields["state"]),
        told=FileTold(**orjson.loads(fields["told"])),
        lines=int(fields["lines"]),
        read=int(fields["read"]),
        added=int(fields["added"]),
        same=int(fields["same"]),
        bad=int(fields["bad"]),
        created_at=from_ms(int(fields["created_at"])),
        updated_at=from_ms(int(fields["updated_at"])),
        ended_by=fields.get("ended_by", ""),
        detail=fields.get("detail", ""),
    )
