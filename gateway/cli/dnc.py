"""dnc: the do-not-call list: add, remove, check, import and export."""

import csv
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.listing import draw_timeline, read_list
from gateway.cli.moments import instant, short
from gateway.cli.options import DataDirOption, JsonOption, KeyOption, UrlOption
from gateway.cli.place import Api, api_of, connect
from gateway.cli.screen import FAILED, MISUSED, CommandFailed, remark, say, say_json, say_table

dnc = typer.Typer(help="The do-not-call list: add, remove, check, import, export.", rich_markup_mode=None)

Who = Annotated[str, typer.Argument(help="A phone with its country code, an e-mail address, or a contact id.")]
Note = Annotated[str, typer.Option("--note", help="Why, for those who look it up.", show_default=False)]
_PATH = "/v1/do-not-call"
_PART_BYTES = 32 * 1024
_MOST = 10_000_000


@dnc.callback()
def choose(
    context: typer.Context, url: UrlOption = None, key: KeyOption = None, data_dir: DataDirOption = None
) -> None:
    """Who is never rung, whoever asks for it. In force with the next dial.

    Example: dialgate dnc add +14155550123
    """
    connect(context, url, key, data_dir)


@dnc.command()
def add(context: typer.Context, who: Who, note: Note = "") -> None:
    """Never ring this person again.

    Example: dialgate dnc add +14155550123 --note "asked by letter"
    """
    answer = api_of(context).post(_PATH, {**_named(who), "note": note})
    say("added" if answer.get("changed") else "was on the list already")


@dnc.command()
def remove(context: typer.Context, who: Who, note: Note = "") -> None:
    """Take a person off the list; the history stays."""
    answer = api_of(context).delete(_PATH, **_named(who), note=note)
    say("removed" if answer.get("changed") else "was not on the list")


@dnc.command()
def check(context: typer.Context, who: Who) -> None:
    """Say whether a person is listed, since when and by whom. Exit 1 when not listed.

    Example: dialgate dnc check +14155550123
    """
    answer = api_of(context).get(_PATH, **_named(who))
    items = answer.get("items") or []
    say("on the list" if items else "not on the list")
    say_table(("since", "kind", "by", "source"), ((short(i["at"]), i["kind"], i["by"], i["source"]) for i in items))
    draw_timeline(answer.get("history") or ())
    if not items:
        raise typer.Exit(FAILED)


@dnc.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV in UTF-8 whose first line names phone, email or contactId.")],
    region: Annotated[
        str | None, typer.Option(help="Region of phones without country code, e.g. US.", show_default=False)
    ] = None,
    registry: Annotated[
        str | None, typer.Option("--list", help="The configured registry this is the whole of.", show_default=False)
    ] = None,
    scrubbed_at: Annotated[
        str | None,
        typer.Option(help="As of when the file is, an ISO date and time. [default: now]", show_default=False),
    ] = None,
) -> None:
    """Add everybody in a CSV file. Exit 1 when a line could not be read.

    With --list that registry counts as imported, unless a line could not be read.

    Example: dialgate dnc import suppression.csv --region US
    """
    if scrubbed_at is not None and registry is None:
        raise CommandFailed("--scrubbed-at says how old a registry is: name it with --list", code=MISUSED)
    as_of = datetime.now(UTC) if scrubbed_at is None else instant(scrubbed_at)
    try:
        heading, *rows = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise CommandFailed(f"{file} cannot be read: {error}", code=MISUSED) from None
    bad = _import(api_of(context), heading, rows, region)
    if bad and registry is not None:
        remark(f"{registry} is not marked: correct the lines, or order `dialgate dnc scrubbed {registry}`", style="red")
    if bad:
        raise typer.Exit(FAILED)
    if registry is not None:
        _mark(api_of(context), registry, as_of)


@dnc.command()
def scrubbed(
    context: typer.Context,
    registry: Annotated[str, typer.Argument(metavar="LIST", help="A configured registry.")],
    at: Annotated[
        str | None, typer.Option(help="As of when, an ISO date and time. [default: now]", show_default=False)
    ] = None,
) -> None:
    """Say that the list agrees with a registry.

    It counts as young again.

    Example: dialgate dnc scrubbed national --at 2026-11-20T06:00:00Z
    """
    _mark(api_of(context), registry, datetime.now(UTC) if at is None else instant(at))


@dnc.command()
def status(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show how many are listed and how old each registry is. Exit 1 when one is overdue.

    Example: dialgate dnc status
    """
    answer = api_of(context).get(f"{_PATH}/status")
    registries = answer.get("registries") or []
    if as_json:
        say_json(answer)
    else:
        asked = ", ".join(answer.get("checks") or ()) or "nobody else"
        say(f"{answer.get('entries')} on the list; asked before a dial: {asked}")
        rows = ((one["name"], one["state"], short(one["scrubbedAt"]), short(one["goodUntil"])) for one in registries)
        say_table(("registry", "state", "scrubbed", "good until"), rows)
    if any(one["state"] == "overdue" for one in registries):
        raise typer.Exit(FAILED)


@dnc.command("export")
def export(context: typer.Context) -> None:
    """Write the whole list as CSV; the reading is logged.

    Example: dialgate dnc export
    """
    writer = csv.writer(sys.stdout)
    writer.writerow(("phone", "email", "contactId", "since", "by", "source", "note"))
    for item in read_list(api_of(context), _PATH, limit=_MOST, reveal="true"):
        named = (item["value"] if item["kind"] == kind else "" for kind in ("phone", "email", "contact"))
        writer.writerow((*named, item["at"], item["by"], item["source"], item["note"]))


def _parts(rows: list[str]) -> list[tuple[int, list[str]]]:
    """The rows in parts small enough for one request, each with how many rows come before it."""
    parts: list[tuple[int, list[str]]] = []
    size = _PART_BYTES
    for number, row in enumerate(rows):
        if size + len(row.encode()) >= _PART_BYTES:
            parts.append((number, []))
            size = 0
        parts[-1][1].append(row)
        size += len(row.encode()) + 1
    return parts


def _import(api: Api, heading: str, rows: list[str], region: str | None) -> int:
    """Send the rows part by part, telling how it goes; the number of lines that could not be read."""
    added, known, bad, done = 0, 0, 0, 0
    for start, part in _parts(rows):
        text = "\n".join((heading, *part))
        answer = api.post_text(f"{_PATH}/import", text, "text/csv", firstLine=start + 1, region=region)
        added, known, done = added + answer["changed"], known + answer["same"], done + len(part)
        bad += len(answer["bad"])
        for one in answer["bad"]:
            remark(f"line {one['line']}: {one['problem']}", style="red")
        remark(f"{done} of {len(rows)} lines", style="dim")
    say(f"{added} added, {known} were on the list, {bad} bad lines")
    return bad


def _mark(api: Api, registry: str, at: datetime) -> None:
    answer = api.post(f"{_PATH}/scrubbed", {"registry": registry, "at": at.isoformat()})
    say(
        f"{registry} is scrubbed as of {short(at.isoformat())} UTC"
        if answer.get("changed")
        else "it is younger already"
    )


def _named(who: str) -> dict[str, str]:
    """What somebody wrote, as the field it must be."""
    if "@" in who:
        return {"email": who}
    return {"phone": who} if who.lstrip().startswith(("+", "00", "tel:")) else {"contactId": who}
