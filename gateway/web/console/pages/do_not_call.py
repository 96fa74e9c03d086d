"""Do-not-call: who is never rung; looked up, added and removed, with the history of each, and what else is asked."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from gateway.do_not_call import KINDS, Kind, read_subject
from gateway.ledger.checks import CheckState
from gateway.ledger.do_not_call import Listed
from gateway.model import record
from gateway.phones import mask_phone
from gateway.rules.console import Role
from gateway.subjects import Subject
from gateway.web.console.page import Act, Done, Look, Page
from gateway.web.console.uploads import FILE_BYTES
from gateway.web.console.visit import Refusal, Visit
from gateway.web.masking import hidden
from gateway.web.scrub_health import scrubs_of_all, state_of

_LISTED = 50
_IMPORTS = 5
_NOTE_CHARACTERS = 500
_SOURCE = "console"


@record
class Entry:
    """One entry as it is shown: masked."""

    listed: Listed
    who: str


@record
class CheckTold:
    """A configured check and what is known of its answers."""

    name: str
    known: CheckState
    fresh_for: timedelta

    @property
    def failing(self) -> bool:
        """Whether its latest answer was none."""
        return self.known.failing

    @property
    def label(self) -> str:
        """Its state in a word or two."""
        if self.failing:
            return "no answer"
        return "answers" if self.known.answered_at is not None else "not asked yet"

    @property
    def tone(self) -> str:
        """The colour that goes with it."""
        return {"no answer": "bad", "answers": "good"}.get(self.label, "quiet")

    @property
    def icon(self) -> str:
        """The sign that goes with it."""
        return {"no answer": "cross", "answers": "check"}.get(self.label, "minus")


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


async def _page(visit: Visit) -> tuple[tuple[Listed, ...], str | None]:
    try:
        return await visit.front.ledger.do_not_call.page(limit=_LISTED, cursor=visit.query("cursor") or None)
    except ValueError:
        raise Refusal(422, "No such page", "The list has changed: start again from its top.") from None


async def _state(visit: Visit) -> Mapping[str, Any]:
    front, config = visit.front, visit.front.keeper.current.config.do_not_call
    scrubs = await scrubs_of_all(front)
    known = await front.ledger.checks.states(tuple(config.checks))
    newest = await front.ledger.imports.newest(_IMPORTS)
    return {
        "count": await front.ledger.do_not_call.count(),
        "registries": [(one, state_of(front, one, visit.now)) for one in scrubs],
        "checks": [
            CheckTold(name=name, known=known[name], fresh_for=check.fresh_for) for name, check in config.checks.items()
        ],
        "imports": [(one, one.silent(visit.now)) for one in newest],
        "most_bytes": FILE_BYTES,
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
    ),
)
