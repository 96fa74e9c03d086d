"""/v1/do-not-call: who is never rung; added, removed, looked up and imported, with every change kept."""

from datetime import datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request
from pydantic import Field

from gateway.do_not_call import KINDS, Kind, read_subject
from gateway.do_not_call_csv import read_csv
from gateway.ledger.do_not_call import Listed
from gateway.phones import mask_phone
from gateway.subjects import Subject
from gateway.web.api.questions import Actor, Cursor, FrontNeeded, Limit, Reveal, contact_of, page_of
from gateway.web.api.shapes import Shape, TimelineShape, Wish
from gateway.web.api.views import timeline_view
from gateway.web.front import Front
from gateway.web.masking import hidden
from gateway.web.problems import field_problem

router = APIRouter(prefix="/do-not-call", tags=["do not call"])
log = structlog.stdlib.get_logger("dialgate.api")

Asked = Annotated[str | None, Query(max_length=320)]


class Listing(Wish):
    """Whom to add: any of `phone` (with country code), `email` and `contactId`."""

    phone: str | None = Field(None, max_length=320)
    email: str | None = Field(None, max_length=320)
    contact_id: str | None = Field(None, max_length=320)
    note: str = Field("", max_length=500, description="why, for those who look it up")


class ListedShape(Shape):
    """One entry. Its value is masked unless `reveal=true`."""

    kind: Kind
    value: str | None
    at: datetime
    by: str
    source: str = Field(description="`api`, `import`, or the source whose opt-out it was")
    note: str


class ListPage(Shape):
    """Entries, newest first; with a question for one person the history of what was asked for."""

    items: list[ListedShape]
    next: str | None = Field(None, description="the `cursor` of the next page")
    history: list[TimelineShape] = Field([], description="LISTED and REMOVED, oldest first")


class ChangedShape(Shape):
    """How many entries an order changed; `same` were so already."""

    changed: int
    same: int


class BadLine(Shape):
    """A line that was not, or not wholly, read."""

    line: int
    problem: str


class ImportedShape(ChangedShape):
    """What an import did; what could be read of a bad line is listed all the same."""

    bad: list[BadLine]


@router.get("")
async def look_up(
    front: FrontNeeded,
    actor: Actor,
    phone: Asked = None,
    email: Asked = None,
    contact_id: Annotated[str | None, Query(alias="contactId", max_length=320)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    reveal: Reveal = False,
) -> ListPage:
    """Look up a person by `phone`, `email` or `contactId`; without one of them the whole list, newest first."""
    if reveal:
        log.info("revealed", kind="do_not_call", by=actor)
    wanted = _subjects({"phone": contact_of(phone), "email": email, "contact": contact_id})
    if not wanted:
        entries, next_cursor = await page_of(front.ledger.do_not_call.page(limit=limit, cursor=cursor))
        return ListPage(items=[_shape(entry, reveal=reveal) for entry in entries], next=next_cursor)
    found = await front.ledger.do_not_call.find(wanted)
    history = [line for subject in wanted for line in await front.ledger.do_not_call.history(subject)]
    return ListPage(
        items=[_shape(entry, reveal=reveal) for entry in found],
        history=[timeline_view(line, reveal=reveal) for line in history],
    )


@router.post("")
async def add(front: FrontNeeded, listing: Listing, actor: Actor) -> ChangedShape:
    """Put a person on the list; in force with the next grant, also for calls that wait."""
    wanted = _required({"phone": listing.phone, "email": listing.email, "contact": listing.contact_id})
    new = await front.ledger.do_not_call.add(wanted, by=actor, source="api", note=listing.note, now=front.now())
    log.info("action", action="do_not_call.added", count=sum(new), by=actor)
    return ChangedShape(changed=sum(new), same=len(new) - sum(new))


@router.delete("")
async def remove(
    front: FrontNeeded,
    actor: Actor,
    phone: Asked = None,
    email: Asked = None,
    contact_id: Annotated[str | None, Query(alias="contactId", max_length=320)] = None,
    note: Annotated[str, Query(max_length=500)] = "",
) -> ChangedShape:
    """Take a person off the list. The history of the entry stays."""
    wanted = _required({"phone": contact_of(phone), "email": email, "contact": contact_id})
    gone = await front.ledger.do_not_call.remove(wanted, by=actor, source="api", note=note, now=front.now())
    log.info("action", action="do_not_call.removed", count=sum(gone), by=actor)
    return ChangedShape(changed=sum(gone), same=len(gone) - sum(gone))


_CSV_BODY = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}}


@router.post("/import", openapi_extra=_CSV_BODY)
async def import_csv(
    front: FrontNeeded,
    actor: Actor,
    request: Request,
    first_line: Annotated[int, Query(alias="firstLine", ge=1, le=10**9, description="the heading's line")] = 1,
    region: Annotated[str | None, Query(pattern="^[A-Z]{2}$", description="of phones without country code")] = None,
) -> ImportedShape:
    """Add everybody in a CSV of at most 64 KB, whose heading names `phone`, `email` or `contactId`, any of them.

    A longer file is sent in parts, each under the heading, with `firstLine` so that bad lines are named rightly.
    """
    try:
        text = (await request.body()).decode("utf-8")
        rows = list(read_csv(text.splitlines(), first_line=first_line, region=region))
    except UnicodeDecodeError:
        raise field_problem("body", "a CSV must be UTF-8") from None
    except ValueError as error:
        raise field_problem("body", str(error)) from None
    new = await _add_all(front, [subject for row in rows for subject in row.subjects], actor)
    bad = [BadLine(line=row.line, problem=row.problem) for row in rows if row.problem is not None]
    return ImportedShape(changed=sum(new), same=len(new) - sum(new), bad=bad)


async def _add_all(front: Front, subjects: list[Subject], actor: str) -> tuple[bool, ...]:
    new = await front.ledger.do_not_call.add(subjects, by=actor, source="import", now=front.now()) if subjects else ()
    log.info("action", action="do_not_call.imported", count=sum(new), by=actor)
    return new


def _subjects(given: dict[Kind, str | None]) -> list[Subject]:
    found = []
    for kind in KINDS:
        text = given[kind]
        if text is None:
            continue
        try:
            found.append(read_subject(kind, text))
        except ValueError as error:
            raise field_problem("contactId" if kind == "contact" else kind, str(error)) from None
    return found


def _required(given: dict[Kind, str | None]) -> list[Subject]:
    wanted = _subjects(given)
    if not wanted:
        raise field_problem("phone", "give a phone, email or contactId")
    return wanted


def _shape(entry: Listed, *, reveal: bool) -> ListedShape:
    value = entry.subject.value
    masked = mask_phone(value) if entry.subject.kind == "phone" else hidden(value)
    return ListedShape(
        kind=entry.subject.kind,
        value=value if reveal else masked,
        at=entry.at,
        by=entry.by,
        source=entry.source,
        note=entry.note if reveal else hidden(entry.note) or "",
    )
