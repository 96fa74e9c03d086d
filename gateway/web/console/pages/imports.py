"""Imports into the do-not-call list: a file or pasted lines taken, its progress, its bad lines, and an end to it."""

import os
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from starlette.responses import Response

from gateway.do_not_call_csv import lines_of, read_csv
from gateway.ids import new_id
from gateway.ledger.file_imports import BAD_LINES, FileImport, FileTold, ImportState
from gateway.ledger.records import Transition
from gateway.phones import REGIONS
from gateway.web.console.files import streamed
from gateway.web.console.instants import instant_in
from gateway.web.console.page import Act, Done, Look, Page
from gateway.web.console.sessions import note
from gateway.web.console.uploads import FILE_BYTES
from gateway.web.console.visit import Refusal, Visit
from gateway.web.importing import Ended, Reading
from gateway.web.masking import mask_text

_SHOWN = 200  # bad lines on the page
_NAME_CHARACTERS = 80
_NO_MORE = 286  # htmx stops asking
_COLUMNS = ("line", "column", "holds", "problem")
_PASTED = "pasted lines"


async def begin(visit: Visit) -> Done:
    """Take the file; it is read in the background, and the answer leads to its progress."""
    if visit.front.importer.full:
        text = "This receiver reads as many files as it can hold: wait until one of them is done."
        raise Refusal(409, "Not now", text)
    reading = _reading(visit)
    await visit.front.importer.start(reading)
    detail = f"{reading.told.name}, {reading.lines} lines"
    response = visit.back(f"/do-not-call/imports/{reading.id}")
    return Done(response=response, action="do_not_call.import_begun", subject=reading.id, detail=detail)


async def show(visit: Visit) -> Response:
    """One import: how far it is, or what came of it."""
    return await _page(visit, "do_not_call_import.html", await _known(visit))


async def progress(visit: Visit) -> Response:
    """The part of the page that moves."""
    found = await _known(visit)
    over = found.state is not ImportState.RUNNING or found.silent(visit.now)
    return await _page(visit, "do_not_call_progress.html", found, status=_NO_MORE if over else 200)


async def bad_lines(visit: Visit) -> Response:
    """The bad lines as a file: where and what, and nothing of what stood there."""
    return streamed("bad-lines", "csv", _COLUMNS, _rows(visit, await _known(visit)))


async def cancel(visit: Visit) -> Done:
    """No further line is listed; who is listed stays so."""
    found = await _known(visit)
    done = await visit.front.ledger.imports.end(found.id, ImportState.CANCELLED, by=visit.actor, now=visit.now)
    over = done not in {Transition.DONE, Transition.REPEATED}
    response = visit.back(f"/do-not-call/imports/{found.id}", note="It had ended already." if over else "")
    detail = "not done: it had ended" if over else ""
    return Done(response=response, action="do_not_call.import_cancelled", subject=found.id, detail=detail)


def _reading(visit: Visit) -> Reading:
    """What the form asks for. Raises Refusal, and nobody is listed, for what cannot be meant."""
    upload = visit.upload
    raw = visit.field("csv").encode() if upload is None else upload.content
    if not raw.strip():
        raise Refusal(422, "Nothing imported", "Choose a file, or paste its lines.")
    region = _region(visit)
    try:
        rows = read_csv(lines_of(raw), region=region or None)
    except ValueError as error:
        said = str(error)
        raise Refusal(422, "Nothing imported", f"{said[0].upper()}{said[1:]}.") from None
    name = _PASTED if upload is None else mask_text(upload.name)[:_NAME_CHARACTERS]
    return Reading(
        id=new_id("im", now=visit.now, random=os.urandom),
        told=FileTold(by=visit.actor, name=name, region=region, registry=_registry(visit)),
        lines=raw.count(b"\n") + (not raw.endswith(b"\n")),
        rows=rows,
        as_of=_as_of(visit),
        ended=_keeping(visit),
    )


def _keeping(visit: Visit) -> Ended:
    """What keeps a line of how it ended, by whom it was begun."""
    front, actor, address = visit.front, visit.actor, visit.front.client_of(visit.request.scope)

    async def keep(found: FileImport) -> None:
        counts = f"{found.read} of {found.lines} lines, {found.added} new, {found.same} known, {found.bad} bad lines"
        detail = f"{found.state.lower()}: {counts}" + (f"; {found.detail}" if found.detail else "")
        await note(front, by=actor, action="do_not_call.imported", subject=found.id, detail=detail, address=address)

    return keep


def _region(visit: Visit) -> str:
    region = visit.field("region").upper()
    if region and region not in REGIONS:
        raise Refusal(422, "Nothing imported", "There is no such country: write its two letters, such as US or GB.")
    return region


def _registry(visit: Visit) -> str:
    name = visit.field("registry")
    if name and name not in visit.front.keeper.current.config.do_not_call.lists:
        raise Refusal(422, "Nothing imported", "No registry of this name is configured: open the page again.")
    return name


def _as_of(visit: Visit) -> datetime:
    at = instant_in(visit, "as_of") or visit.now
    if at > visit.now:
        raise Refusal(422, "Nothing imported", "A file cannot be as of an instant that is still to come.")
    return at


async def _known(visit: Visit) -> FileImport:
    found = await visit.front.ledger.imports.find(visit.place("id"))
    if found is None:
        raise Refusal(404, "No such import", "There is no import with this id, or it is no longer kept.")
    return found


async def _page(visit: Visit, template: str, found: FileImport, *, status: int = 200) -> Response:
    bad = await visit.front.ledger.imports.bad_lines(found.id) if found.bad else ()
    silent = found.silent(visit.now)
    under_way = found.state is ImportState.RUNNING and not silent
    shown = bad[:_SHOWN]
    return visit.page(template, status=status, one=found, bad=shown, kept=BAD_LINES, silent=silent, under_way=under_way)


async def _rows(visit: Visit, found: FileImport) -> AsyncIterator[Sequence[str]]:
    for line in await visit.front.ledger.imports.bad_lines(found.id):
        for fault in line.faults:
            yield str(line.line), str(fault.column or ""), fault.kind or "", fault.problem


PAGE = Page(
    name="imports",
    under="do_not_call",
    entries=(
        Act(path="/do-not-call/import", handler=begin, file_bytes=FILE_BYTES),
        Look(path="/do-not-call/imports/{id}", handler=show),
        Look(path="/do-not-call/imports/{id}/progress", handler=progress),
        Look(path="/do-not-call/imports/{id}/bad.csv", handler=bad_lines),
        Act(path="/do-not-call/imports/{id}/cancel", handler=cancel),
    ),
)
