"""Lists and timelines of the API, read page by page and drawn."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.cli.moments import clock, short, span_between
from gateway.cli.place import Api
from gateway.cli.screen import say, say_table

_PAGE = 200


def read_list(api: Api, path: str, *, limit: int, **filters: object) -> list[dict[str, Any]]:
    """Up to `limit` items, newest first."""
    items: list[dict[str, Any]] = []
    cursor = None
    while len(items) < limit:
        page = api.get(path, limit=min(_PAGE, limit - len(items)), cursor=cursor, **filters)
        items += page.get("items", [])
        cursor = page.get("next")
        if not cursor:
            break
    return items[:limit]


def draw_timeline(entries: Sequence[Mapping[str, Any]]) -> None:
    """A history, oldest first: when, how long after the start, what, why, by whom."""
    if not entries:
        return
    start = entries[0].get("at")
    say(f"timeline, from {short(start)} UTC", style="bold")
    rows = []
    for number, entry in enumerate(entries):
        mark = "└─" if number == len(entries) - 1 else "├─"
        why = " ".join(str(part) for part in (entry.get("reason"), entry.get("detail")) if part)
        rows.append(
            (
                f"{mark} {clock(entry.get('at'))}",
                span_between(start, entry.get("at")),
                entry.get("state"),
                why + _facts(entry),
                entry.get("by") or "",
            )
        )
    say_table(("", "after", "state", "why", "by"), rows)


def _facts(entry: Mapping[str, Any]) -> str:
    facts = entry.get("facts")
    if not isinstance(facts, Mapping) or not facts:
        return ""
    return " (" + ", ".join(f"{name}={value}" for name, value in facts.items()) + ")"
