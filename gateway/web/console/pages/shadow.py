"""Shadow: a changed text over the newest real events, beside the rules in force. Step by step, so it can be stopped."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from gateway.rules.console import Role
from gateway.rules.texts import rules_as_written
from gateway.shadowing import Change, ShadowFilter, ShadowStep, compare
from gateway.web.console.page import Look, Page, Trial
from gateway.web.console.trying import draft_of
from gateway.web.console.visit import Refusal, Visit

_STEP = 100  # events: a moment's work
_MOST = 10_000
_SPANS = (100, 1_000, _MOST)
_COUNTS = ("looked_at", "unchanged", "not_kept", *(change.value for change in Change))


async def show(visit: Visit) -> Response:
    """The form."""
    return visit.page("shadow.html", rules=rules_as_written(visit.front.keeper.files), **_choices(visit), step=None)


async def run(visit: Visit) -> Response:
    """One step; the answer holds the form of the next."""
    text, most = visit.form.get("rules", "").replace("\r\n", "\n"), _number(visit, "most", _SPANS[0])
    draft = await draft_of(visit, text)
    values: dict[str, Any] = {"rules": text, "most": min(most, _MOST), "source": visit.field("source")}
    if isinstance(draft, tuple):
        return _answer(visit, "shadow_faults.html", faults=draft, **values)
    before = {name: _number(visit, name, 0) for name in _COUNTS}
    try:
        step = await compare(
            visit.front.ledger,
            visit.front.keeper.current,
            draft,
            ShadowFilter(source=values["source"] or None),
            limit=max(1, min(_STEP, values["most"] - before["looked_at"])),
            cursor=visit.field("cursor") or None,
        )
    except ValueError:
        raise Refusal(422, "No such step", "Begin the comparison again.") from None
    counts = _added(before, step)
    over = step.cursor is None or counts["looked_at"] >= values["most"]
    return _answer(
        visit, "shadow_step.html", step=step, counts=counts, over=over, first=not visit.field("cursor"), **values
    )


def _added(before: Mapping[str, int], step: ShadowStep) -> Mapping[str, int]:
    changes = Counter(change.value for one in step.differences for change in one.changes)
    found = {"looked_at": step.looked_at, "unchanged": step.unchanged, "not_kept": step.not_kept, **changes}
    return {name: before[name] + found.get(name, 0) for name in _COUNTS}


def _answer(visit: Visit, part: str, **values: Any) -> Response:
    """The part alone, or the whole page around it where no script asks."""
    if visit.partial:
        return visit.page(part, **_choices(visit), **values)
    return visit.page("shadow.html", **(_choices(visit) | {"step": None, "part": part} | values))


def _choices(visit: Visit) -> dict[str, Any]:
    return {"sources": list(visit.front.keeper.current.sources), "spans": _SPANS, "part": ""}


def _number(visit: Visit, name: str, default: int) -> int:
    text = visit.field(name)
    return min(int(text), _MOST) if text.isascii() and text.isdecimal() and len(text) < 9 else default


PAGE = Page(
    name="shadow",
    title="Shadow",
    path="/shadow",
    order=54,
    key="s",
    entries=(
        Look(path="/shadow", handler=show, role=Role.OPERATOR),
        Trial(path="/shadow/step", handler=run),
    ),
)
