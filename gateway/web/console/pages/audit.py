"""Audit: who signed in, acted and revealed, newest first, by person, action and time; and what is found as a file."""

from collections.abc import AsyncIterator, Mapping, Sequence

from starlette.responses import Response

from gateway.ledger.deeds import DeedFilter
from gateway.rules.console import Role
from gateway.web.api.questions import instant_of
from gateway.web.console.files import streamed
from gateway.web.console.page import Act, Done, Look, Page
from gateway.web.console.visit import Refusal, Visit
from gateway.web.masking import mask_text

_LISTED = 50
_EXPORTED = 500
_OFFERED = 200  # newest deeds whose names and actions are offered to choose from
_FIELDS = ("by", "action", "since", "until")
_COLUMNS = ("id", "at", "by", "action", "subject", "detail", "address")


async def show(visit: Visit) -> Response:
    """A page of it."""
    given = _given(visit.request.query_params)
    listed = visit.front.ledger.deeds.listed
    try:
        deeds, more = await listed(_filter(visit, given), limit=_LISTED, cursor=visit.query("cursor") or None)
    except ValueError:
        raise Refusal(422, "No such page", "The address is not one of this list: start again from its top.") from None
    newest, _ = await listed(limit=_OFFERED)
    people, actions = sorted({one.by for one in newest}), sorted({one.action for one in newest})
    return visit.page("audit.html", deeds=deeds, more=more, given=given, people=people, actions=actions)


async def export(visit: Visit) -> Done:
    """What is found as CSV or JSONL, streamed; that it was exported, and what of it, is part of it."""
    kind, given = visit.field("as", "csv"), _given(visit.form)
    response = streamed("audit", kind, _COLUMNS, _rows(visit, _filter(visit, given)))
    detail = ", ".join((kind, *(f"{name} {mask_text(text)}" for name, text in given.items())))
    return Done(response=response, action="audit.exported", detail=detail)


def _given(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields that were filled in."""
    texts = {name: fields.get(name, "").strip()[:200] for name in _FIELDS}
    return {name: text for name, text in texts.items() if text}


def _filter(visit: Visit, given: Mapping[str, str]) -> DeedFilter:
    """What they mean. Raises ApiProblem for a time that is none."""
    return DeedFilter(
        by=given.get("by", ""),
        action=given.get("action", ""),
        since=instant_of(given.get("since"), visit.now),
        until=instant_of(given.get("until"), visit.now),
    )


async def _rows(visit: Visit, where: DeedFilter) -> AsyncIterator[Sequence[str]]:
    cursor = None
    while True:
        deeds, cursor = await visit.front.ledger.deeds.listed(where, limit=_EXPORTED, cursor=cursor)
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
