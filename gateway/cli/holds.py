"""holds: what waits for a person, and releasing or cancelling many at once."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from gateway.cli.moments import short
from gateway.cli.options import DataDirOption, JsonOption, KeyOption, UrlOption
from gateway.cli.place import Api, api_of, connect
from gateway.cli.screen import remark, say, say_json, say_table

holds = typer.Typer(help="List what is held for a person, and decide many at once.", rich_markup_mode=None)

SourceOption = Annotated[str | None, typer.Option(help="Only calls of this source.", show_default=False)]
RuleOption = Annotated[str | None, typer.Option(help="Only calls of this rule.", show_default=False)]
ReasonOption = Annotated[str | None, typer.Option(help="Only calls held for this reason.", show_default=False)]
OlderOption = Annotated[
    str | None, typer.Option(help="Only those accepted before: 2h, 3d, or an ISO date and time.", show_default=False)
]
NewerOption = Annotated[
    str | None, typer.Option(help="Only those accepted since: 30m, or an ISO date and time.", show_default=False)
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@holds.callback(invoke_without_command=True)
def list_holds(
    context: typer.Context,
    url: UrlOption = None,
    key: KeyOption = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """List held calls by source, rule and reason; or `holds release`, `cancel`, `meant`.

    Example: dialgate holds
    """
    api = connect(context, url, key, data_dir)
    if context.invoked_subcommand is not None:
        return
    answer = api.get("/v1/holds")
    if as_json:
        say_json(answer)
        return
    groups = answer.get("groups") or []
    if not groups:
        say("nothing is held", style="green")
    else:
        columns = ("calls", "source", "rule", "reason", "oldest", "first expires")
        say_table(columns, (_row(group) for group in groups), whole=("reason",))
    if not answer.get("complete", True):
        remark("there are more than were counted")
    for burst in answer.get("bursts") or []:
        _say_burst(burst)


@holds.command("release")
def release(
    context: typer.Context,
    source: SourceOption = None,
    rule: RuleOption = None,
    reason: ReasonOption = None,
    older: OlderOption = None,
    newer: NewerOption = None,
    yes: YesOption = False,
) -> None:
    """Let many held calls ring, at the usual pace.

    Shows first how many would ring now, and asks.

    Example: dialgate holds release --source crm --reason burst
    """
    wish = _wish(source=source, rule=rule, reason=reason, older=older, newer=newer)
    _release(api_of(context), wish, yes=yes)


@holds.command("cancel")
def cancel(
    context: typer.Context,
    source: SourceOption = None,
    rule: RuleOption = None,
    reason: ReasonOption = None,
    older: OlderOption = None,
    newer: NewerOption = None,
    yes: YesOption = False,
) -> None:
    """Cancel many held calls: nobody of them is rung.

    Example: dialgate holds cancel --source crm --reason burst
    """
    api, wish = api_of(context), _wish(source=source, rule=rule, reason=reason, older=older, newer=newer)
    count = api.post("/v1/holds/preview", wish)["held"]
    if count and not yes:
        typer.confirm(f"Cancel {count} held calls?", abort=True)
    say(f"{_all(api, 'cancel', wish, count)} cancelled")


@holds.command("meant")
def meant(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="The source whose burst is meant.")],
    span: Annotated[str, typer.Option("--for", help="For how long its calls pass whatever comes: 2h, 3d.")] = "24h",
    yes: YesOption = False,
) -> None:
    """Say that a source's burst is meant.

    Releases what it held, and lets its calls pass for a time.

    Example: dialgate holds meant crm --for 4h
    """
    api = api_of(context)
    wish = {"source": source, "reason": "burst"}
    if not yes:
        _say_preview(api.post("/v1/holds/preview", wish))
        typer.confirm(f"Release them, and let every call of {source} pass for {span}?", abort=True)
    for burst in api.post("/v1/holds/meant", {"source": source, "for": span}).get("bursts") or []:
        _say_burst(burst)
    _release(api, wish, yes=True)


def _release(api: Api, wish: Mapping[str, str], *, yes: bool) -> None:
    found = api.post("/v1/holds/preview", wish)
    if not yes:
        _say_preview(found)
        if found["held"]:
            typer.confirm("Release them?", abort=True)
    say(f"{_all(api, 'release', wish, found['held'])} released")


def _all(api: Api, verb: str, wish: Mapping[str, str], count: int) -> int:
    """Step by step to the end of the list, and again while a round changed something: others may be held instead."""
    done, changed = 0, 0
    cursor: str | None = None
    while True:
        step = api.post(f"/v1/holds/{verb}", {**wish, "cursor": cursor})
        cursor, moved = step["next"], int(step["done"])
        done, changed = done + moved, changed + moved
        if moved:
            remark(f"{done} of {max(count, done)}", style="dim")
        if cursor is None and not changed:
            return done
        if cursor is None:
            changed = 0


def _wish(**given: str | None) -> dict[str, str]:
    return {name: value for name, value in given.items() if value is not None}


def _say_preview(found: Mapping[str, Any]) -> None:
    say(f"{found['held']} calls are held; {found['ring']} of the {found['lookedAt']} looked at would ring now")
    for reason, count in sorted(found["others"].items(), key=lambda one: -one[1]):
        say(f"  {count} would not: {reason}")


def _say_burst(burst: Mapping[str, Any]) -> None:
    if burst.get("since"):
        bound = f"above {burst['bound']} new calls in an hour"
        say(
            f"{burst['source']}: in a burst, {bound}; {burst['held']} held since {short(burst['since'])}",
            style="yellow",
        )
    if burst.get("passesUntil"):
        say(f"{burst['source']}: every call passes until {short(burst['passesUntil'])} UTC")


def _row(group: Mapping[str, Any]) -> tuple[object, ...]:
    names = ("count", "source", "rule", "reason")
    return (*(group[name] for name in names), short(group["oldest"]), short(group["expiresFirst"]))
