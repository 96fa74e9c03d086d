"""Do-not-call: who is never rung; looked up, added, imported and removed, with the history of each."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from gateway.do_not_call import KINDS, Kind, read_subject
from gateway.do_not_call_csv import read_csv
from gateway.ledger.do_not_call import Listed
from gateway.model import record
from gateway.phones import mask_phone
from gateway.rules.console import Role
from gateway.subjects import Subject
from gateway.web.console.page import Act, Done, Look, Page
from gateway.web.console.visit import Refusal, Visit
from gateway.web.masking import hidden
from gateway.web.scrub_health import scrubs_of_all, state_of

_LISTED = 50
_IMPORTED = 2000  # subjects of one order: they are listed in one write
_NOTE_CHARACTERS = 500
_SOURCE = "console"


@record
class Entry:
    """One entry as it is shown: masked."""

    listed: Listed
    who: str


async def show(visit: Visit) -> Response:
    """The newest entries, or one person's with their history; the registries and the checks."""
    asked = visit.query("who").strip()
    subject = _subject(asked) if asked else None
    found = await visit.front.ledger.do_not_call.find([subject]) if subject else None
    history = await visit.front.ledger.do_not_call.history(subject) if subject else ()
    entries, more = (found, None) if found is not None else await _page(visit)
    return visit.page(
        "do_not_call.html",
        asked=asked,
        who=_masked(subject) if subject else "",
        entries=[Entry(listed=one, who=_masked(one.subject)) for one in entries],
        more=more,
        history=history,
        **await _state(visit),
    )


async def add(visit: Visit) -> Done:
    """List one person; calls that wait for them end in the same write."""
    subject, note = _subject(visit.field("who")), visit.field("note")[:_NOTE_CHARACTERS]
    ledger = visit.front.ledger.do_not_call
    [new] = await ledger.add([subject], by=visit.actor, source=_SOURCE, note=note, now=visit.now)
    said = f"Listed: {_masked(subject)}." if new else f"{_masked(subject)} was listed already."
    response = visit.back("/do-not-call", note=said)
    return Done(response=response, action="do_not_call.added", subject=subject.kind, detail="" if new else "was so")


async def ask_remove(visit: Visit) -> Response:
    """What removing does."""
    subject = _subject(visit.query("who"))
    return visit.page("ask_unlist.html", who=_masked(subject), asked=visit.query("who"))


async def remove(visit: Visit) -> Done:
    """Take one person off the list. Their history stays."""
    subject, note = _subject(visit.field("who")), visit.field("note")[:_NOTE_CHARACTERS]
    ledger = visit.front.ledger.do_not_call
    [gone] = await ledger.remove([subject], by=visit.actor, source=_SOURCE, note=note, now=visit.now)
    said = f"Removed: {_masked(subject)} may be rung again." if gone else f"{_masked(subject)} was not listed."
    response = visit.back("/do-not-call", note=said)
    return Done(response=response, action="do_not_call.removed", subject=subject.kind, detail="" if gone else "was so")


async def import_csv(visit: Visit) -> Done:
    """List everybody in a CSV. What can be read of a bad line is listed all the same, and the line is named."""
    try:
        rows = list(read_csv(visit.field("csv").splitlines(), region=visit.field("region").upper() or None))
    except ValueError as error:
        raise Refusal(422, "Nothing imported", f"{error}.") from None
    subjects = [subject for row in rows for subject in row.subjects]
    if len(subjects) > _IMPORTED:
        text = f"At most {_IMPORTED} people at once; for longer files: dialgate dnc import FILE."
        raise Refusal(413, "Nothing imported", text)
    ledger = visit.front.ledger.do_not_call
    new = await ledger.add(subjects, by=visit.actor, source="import", now=visit.now) if subjects else ()
    bad = [row for row in rows if row.problem]
    response = visit.page("do_not_call_imported.html", added=sum(new), same=len(new) - sum(new), bad=bad)
    return Done(response=response, action="do_not_call.imported", detail=f"{sum(new)} new, {len(bad)} bad lines")


async def _page(visit: Visit) -> tuple[tuple[Listed, ...], str | None]:
    try:
        return await visit.front.ledger.do_not_call.page(limit=_LISTED, cursor=visit.query("cursor") or None)
    except ValueError:
        raise Refusal(422, "No such page", "The list has changed: start again from its top.") from None


async def _state(visit: Visit) -> Mapping[str, Any]:
    front, config = visit.front, visit.front.keeper.current.config.do_not_call
    scrubs = await scrubs_of_all(front)
    return {
        "count": await front.ledger.do_not_call.count(),
        "registries": [(one, state_of(front, one, visit.now)) for one in scrubs],
        "checks": list(config.checks),
    }


def _subject(text: str) -> Subject:
    """A phone, an e-mail address or a contact id, by its look. Raises Refusal."""
    given = text.strip()
    digits = sum(sign.isdigit() for sign in given)
    phone = given.startswith(("+", "00", "tel:")) or (digits >= 7 and not any(sign.isalpha() for sign in given))
    kind: Kind = "email" if "@" in given else "phone" if phone else "contact"
    try:
        return read_subject(kind, given)
    except ValueError as error:
        raise Refusal(422, "Not understood", f"Nothing was done: {error}.") from None


def _masked(subject: Subject) -> str:
    if subject.kind == "phone":
        return f"phone {mask_phone(subject.value)}"
    return f"contact {subject.value}" if subject.kind == KINDS[2] else f"e-mail {hidden(subject.value)}"


PAGE = Page(
    name="do_not_call",
    title="Do-not-call",
    path="/do-not-call",
    order=40,
    key="d",
    entries=(
        Look(path="/do-not-call", handler=show),
        Look(path="/do-not-call/remove", handler=ask_remove, role=Role.OPERATOR),
        Act(path="/do-not-call", handler=add),
        Act(path="/do-not-call/remove", handler=remove),
        Act(path="/do-not-call/import", handler=import_csv),
    ),
)
