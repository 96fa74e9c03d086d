"""Reading imported files in the background of the process that was given them; the progress is in the ledger.

Webhooks come first: rows are read in a thread, few at a time, with as long a pause after each part as reading it took.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import field
from datetime import datetime
from itertools import islice
from typing import Protocol

import structlog

from gateway.cancelling import cancel
from gateway.do_not_call_csv import Row
from gateway.errors import LedgerUnavailable
from gateway.ledger import Ledger
from gateway.ledger.file_imports import FileImport, FileTold, ImportState, Step
from gateway.ledger.records import Transition
from gateway.model import record
from gateway.web.edge import frames_of

AT_ONCE = 3  # files in this process's memory
ROWS = 200  # of one write: a few milliseconds of Redis
_PATIENCE = 60  # times, a second apart, that a part is tried while Redis is away
_LONGEST_PAUSE_SECONDS = 0.05
_STOPPED = "the receiver that read it was stopped"

log = structlog.stdlib.get_logger("dialgate.imports")


class Ended(Protocol):
    """Is told how an import ended, to keep a line of it."""

    async def __call__(self, found: FileImport) -> None:
        """Once, after its end is in the ledger. May raise LedgerUnavailable."""
        ...


@record
class Reading:
    """One file on its way in. `as_of`: its registry counts as scrubbed as of then, once every line was read."""

    id: str
    told: FileTold
    lines: int
    rows: Iterator[Row] = field(repr=False)
    as_of: datetime
    ended: Ended


class Importer:
    """The files this process reads. Closing it stops them, says so in the ledger, and unlists nobody."""

    def __init__(self, ledger: Ledger, now: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._now = now
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def full(self) -> bool:
        """Whether no further file is taken now."""
        return len(self._tasks) >= AT_ONCE

    @property
    def reading(self) -> frozenset[str]:
        """The imports under way here."""
        return frozenset(self._tasks)

    async def start(self, reading: Reading) -> None:
        """Begin in the ledger, and go on in the background. Raises LedgerUnavailable; nothing is begun then."""
        await self._ledger.imports.begin(reading.id, reading.told, lines=reading.lines, now=self._now())
        task = asyncio.create_task(self._carry_out(reading))
        self._tasks[reading.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(reading.id, None))

    async def close(self) -> None:
        """Nothing is read when it returns."""
        for import_id, task in tuple(self._tasks.items()):
            await cancel(task)
            try:
                await self._end(import_id, ImportState.STOPPED, _STOPPED)
            except LedgerUnavailable:
                log.warning("import.end_unwritten", id=import_id, detail="it looks silent from here on")

    async def _carry_out(self, reading: Reading) -> None:
        try:
            left = await self._read(reading)
            if left is Transition.DONE:
                await self._finish(reading)
            found = await self._ledger.imports.find(reading.id)
            if found is not None:
                await reading.ended(found)
                log.info("import.ended", id=found.id, state=found.state, added=found.added, bad=found.bad)
        except LedgerUnavailable as error:
            log.warning("import.gave_up", id=reading.id, error=str(error), detail="import the file again")
        except Exception as error:  # noqa: BLE001 - the task's edge: whoever imports must hear of it
            await self._fail(reading, error)

    async def _fail(self, reading: Reading, error: Exception) -> None:
        """The error's text is not told: it may quote the file."""
        log.error("import.failed", id=reading.id, error=type(error).__name__, frames=frames_of(error))
        await self._end(reading.id, ImportState.STOPPED, f"a fault nobody expected: {type(error).__name__}")

    async def _read(self, reading: Reading) -> Transition:
        """Part by part; DONE when all of it is listed, else why there is nothing more to do."""
        number, read = 0, 1
        while True:
            began = time.monotonic()
            rows = await asyncio.to_thread(lambda: list(islice(reading.rows, ROWS)))
            if not rows:
                return Transition.DONE
            number, read = number + 1, rows[-1].line
            step = Step(number=number, read=min(read, reading.lines), rows=rows)
            await asyncio.sleep(min(time.monotonic() - began, _LONGEST_PAUSE_SECONDS))
            done = await self._enlist(reading, step)
            if done not in {Transition.DONE, Transition.REPEATED}:
                return done

    async def _enlist(self, reading: Reading, step: Step) -> Transition:
        for _ in range(_PATIENCE):
            try:
                return await self._ledger.imports.enlist(reading.id, reading.told, step, now=self._now())
            except LedgerUnavailable:
                await asyncio.sleep(1)
        return await self._ledger.imports.enlist(reading.id, reading.told, step, now=self._now())

    async def _finish(self, reading: Reading) -> None:
        """The registry counts as young again only where every line was read."""
        found = await self._ledger.imports.find(reading.id)
        registry = reading.told.registry
        if found is None:
            return
        detail = ""
        if registry and found.bad:
            detail = f"{registry} does not count as scrubbed: there are bad lines"
        elif registry:
            await self._ledger.scrubs.mark(registry, at=reading.as_of, by=reading.told.by, now=self._now())
            detail = f"{registry} counts as scrubbed as of {reading.as_of:%Y-%m-%d %H:%M} UTC"
        await self._end(reading.id, ImportState.DONE, detail)

    async def _end(self, import_id: str, state: ImportState, detail: str) -> None:
        await self._ledger.imports.end(import_id, state, by="", detail=detail, now=self._now())
