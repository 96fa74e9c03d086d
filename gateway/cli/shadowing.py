"""shadow: what a changed rulebook would do differently, over events that really came in."""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.moments import short
from gateway.cli.options import DataDirOption, JsonOption, KeyOption, SinceOption, UrlOption
from gateway.cli.place import Api, find_place
from gateway.cli.screen import FAILED, MISUSED, CommandFailed, remark, say, say_json, say_table

_STEP = 200
_SHOWN = 200
_MEANS = {
    "new": "newly called",
    "gone": "no longer called",
    "when": "called at another time",
    "number": "called from another number",
    "rule": "called by another rule",
    "failing": "newly failing",
    "mended": "no longer failing",
}


class FailOn(StrEnum):
    """What ends the command with exit 1."""

    NEW = "new"
    GONE = "gone"
    FAILING = "failing"
    ANY = "any"


def shadow(
    file: Annotated[Path, typer.Argument(help="The changed YAML; sections it lacks are those in force.")],
    last: Annotated[int, typer.Option(min=1, max=100_000, help="So many of the newest events.")] = 1000,
    source: Annotated[str | None, typer.Option(help="Only events of this source.", show_default=False)] = None,
    since: SinceOption = None,
    fail_on: Annotated[
        list[FailOn] | None, typer.Option(help="Exit 1 when an event changes so; may be repeated.", show_default=False)
    ] = None,
    url: UrlOption = None,
    key: KeyOption = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a changed rulebook over real events. Nothing is sent.

    Both decide each event as of when it came in, and ask every guard that only looks; the do-not-call list is today's.
    Phones are masked. Exit 2 when the rulebook has mistakes.

    Example: dialgate shadow config/dialgate.yaml --last 1000 --fail-on failing
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{file} cannot be read: {error}", code=MISUSED) from None
    found = _compare(Api(find_place(url, key, data_dir)), text, last, source=source, since=since)
    counts = Counter(change for one in found["differences"] for change in one["changes"])
    if as_json:
        say_json({**found, "counts": dict(counts)})
    else:
        _show(found, counts)
    asked = {wish.value for wish in fail_on or ()}
    if asked & set(counts) or (FailOn.ANY.value in asked and counts):
        raise typer.Exit(FAILED)


def _compare(api: Api, text: str, last: int, **where: str | None) -> dict[str, Any]:
    """Step by step over so many events, telling how far it is."""
    sums = {"lookedAt": 0, "unchanged": 0, "notKept": 0}
    differences: list[Mapping[str, Any]] = []
    cursor: str | None = None
    wish = {name: value for name, value in where.items() if value is not None}
    while sums["lookedAt"] < last:
        limit = min(_STEP, last - sums["lookedAt"])
        step = api.post("/v1/shadow", {**wish, "rulebook": text, "limit": limit, "cursor": cursor})
        sums = {name: count + step[name] for name, count in sums.items()}
        differences += step["differences"]
        cursor = step["next"]
        remark(f"{sums['lookedAt']} of at most {last}", style="dim")
        if cursor is None:
            break
    return {**sums, "differences": differences}


def _show(found: Mapping[str, Any], counts: Mapping[str, int]) -> None:
    rows = [_row(one) for one in found["differences"][:_SHOWN]]
    if rows:
        columns = ("received", "change", "who", "now", "then", "event")
        say_table(columns, rows, whole=("event",), spare=("received",))
    if len(found["differences"]) > _SHOWN:
        remark(f"{len(found['differences']) - _SHOWN} more are in --json")
    gone = f", {found['notKept']} no longer kept" if found["notKept"] else ""
    say(f"{found['lookedAt']} events: {found['unchanged']} unchanged{gone}")
    for change, text in _MEANS.items():
        if counts.get(change):
            say(f"  {counts[change]} {text}", style="yellow")


def _row(one: Mapping[str, Any]) -> tuple[object, ...]:
    before, after = one["before"], one["after"]
    who = (after or before or {}).get("person", "")
    then = one["error"] if after is None and one["error"] else _outlook(after)
    return (short(one["receivedAt"]), " ".join(one["changes"]), who, _outlook(before), then, one["eventId"])


def _outlook(call: Mapping[str, Any] | None) -> str:
    if call is None:
        return "no call"
    until = f" until {short(call['until'])}" if call["until"] else ""
    why = f" ({call['reason']})" if call["reason"] else ""
    return f"{call['ending']}{until}{why}, {call['rule']} from {call['number']}"
