"""replay: many events decided anew by one order: previewed, approved, paced, cancelled."""

import time
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from gateway.cli.listing import read_list
from gateway.cli.moments import short
from gateway.cli.options import DataDirOption, JsonOption, KeyOption, LimitOption, SinceOption, UrlOption
from gateway.cli.place import api_of, connect
from gateway.cli.screen import FAILED, remark, say, say_json, say_table
from gateway.cli.typed import as_typed
from gateway.model import EventState

replay = typer.Typer(help="Decide many events anew: preview, approve, list, cancel.", rich_markup_mode=None)

ReplayId = Annotated[str, typer.Argument(help="Id of the order, as `dialgate replay list` shows it.")]
SourceOption = Annotated[str | None, typer.Option(help="Only events of this source.", show_default=False)]
ReasonOption = Annotated[str | None, typer.Option(help="Only events with this reason.", show_default=False)]
RuleOption = Annotated[str | None, typer.Option(help="Only events this rule matched, or failed.", show_default=False)]
BeforeOption = Annotated[
    str | None, typer.Option(help="Received before this: 2h, 3d, or an ISO date and time.", show_default=False)
]
_SHOWN_PHONES = 20
_ENDED = {"DONE", "CANCELLED"}
_LOOK_SECONDS = 0.5


@replay.callback()
def replays(
    context: typer.Context, url: UrlOption = None, key: KeyOption = None, data_dir: DataDirOption = None
) -> None:
    """Decide many events anew: `replay order`, `list`, `approve ID`, `cancel ID`."""
    connect(context, url, key, data_dir)


@replay.command("order")
def order(
    context: typer.Context,
    state: Annotated[
        EventState | None, typer.Option(help="Only events in this state.", case_sensitive=False, show_default=False)
    ] = None,
    source: SourceOption = None,
    reason: ReasonOption = None,
    rule: RuleOption = None,
    since: SinceOption = None,
    before: BeforeOption = None,
    again: Annotated[bool, typer.Option("--again", help="Also ring who was rung, or may have been.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Preview an order, then approve it.

    Who was rung, or may have been, is not rung again, unless with --again.
    Without approval it waits for an hour: `dialgate replay approve ID`.

    Example: dialgate replay order --state FAILED --since 2h
    """
    api = api_of(context)
    wish = {"state": state, "source": source, "reason": reason, "rule": rule, "since": since, "before": before}
    found = api.post("/v1/replays", {**{k: v for k, v in wish.items() if v is not None}, "again": again})
    while found["state"] == "PREVIEWING":
        remark(f"looked at {found['lookedAt']} events, {found['total']} are meant", style="dim")
        found = api.post(f"/v1/replays/{found['id']}/preview")
    if not as_json:
        _say_preview(found)
    if yes or (not as_json and found["total"] and typer.confirm("Decide them anew?")):
        found = api.post(f"/v1/replays/{found['id']}/approve")
    if as_json:
        say_json(found)
    else:
        say(f"{found['id']}: {found['state']}")
        _say_next(found)


@replay.command("list")
def list_replays(context: typer.Context, limit: LimitOption = 50, as_json: JsonOption = False) -> None:
    """List orders, newest first.

    Example: dialgate replay list
    """
    items = read_list(api_of(context), "/v1/replays", limit=limit)
    if as_json:
        say_json(items)
    elif items:
        columns = ("ordered", "state", "by", "approved by", "done", "of", "id")
        say_table(columns, (_row(item) for item in items), whole=("id", "state"))
    else:
        say("no replays")


@replay.command("calls")
def calls(
    context: typer.Context,
    replay_id: ReplayId,
    outcome: Annotated[
        str, typer.Option(help="rings, waits, kept, phones, or an outcome as the preview names it.", show_default=False)
    ] = "",
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """List the calls behind a figure of an order's preview.

    Example: dialgate replay calls rp_9c… --outcome "skipped: do_not_call"
    """
    items = read_list(api_of(context), f"/v1/replays/{replay_id}/calls", limit=limit, outcome=outcome)
    if as_json:
        say_json(items)
    elif items:
        rows = ((one["who"], one["outcome"], one["rule"], short(one["until"]), one["eventId"]) for one in items)
        say_table(("who", "what would become of it", "rule", "until", "event"), rows, whole=("event",))
    else:
        say("no calls")


@replay.command("approve")
def approve(context: typer.Context, replay_id: ReplayId) -> None:
    """Let a previewed order run.

    Example: dialgate replay approve rp_9c…
    """
    found = api_of(context).post(f"/v1/replays/{replay_id}/approve")
    say(f"{found['id']}: {found['state']}, {found['perMinute']} events a minute")


@replay.command("cancel")
def cancel(context: typer.Context, replay_id: ReplayId) -> None:
    """Decide no further event of an order, at once.

    Example: dialgate replay cancel rp_9c…
    """
    found = api_of(context).post(f"/v1/replays/{replay_id}/cancel")
    say(f"{found['id']}: {found['state']}, {found['done']} of {found['total']} were decided")


@replay.command("watch")
def watch(context: typer.Context, replay_id: ReplayId) -> None:
    """Follow an order to its end. Exit 1 when it was cancelled.

    Example: dialgate replay watch rp_9c…
    """
    told = ""
    while True:
        found = api_of(context).get(f"/v1/replays/{replay_id}")
        line = f"{found['done']} of {found['total']} {found['state']}"
        if line != told:
            remark(line, style="dim")
            _say_next(found)
        told = line
        if found["state"] in _ENDED:
            break
        time.sleep(_LOOK_SECONDS)
    for outcome, count in sorted(found["outcomes"].items()):
        say(f"{count} {outcome}")
    if found["state"] == "CANCELLED":
        raise typer.Exit(FAILED)


def _say_preview(found: Mapping[str, Any]) -> None:
    preview = found["preview"]
    say(
        f"{found['total']} events: {preview['ring']} calls would ring now, {preview['wait']} would wait, "
        f"{preview['kept']} are left as they are; {preview['phones']} people in all"
    )
    for outcome, count in sorted(preview["outcomes"].items(), key=lambda one: -one[1]):
        say(f"  {count} {outcome}")
    if not preview["complete"]:
        remark("more events are meant than one order takes: these are the newest")
    phones = found["phones"]
    if found["again"] and phones:
        say(f"  phones: {', '.join(phones[:_SHOWN_PHONES])}{' …' if len(phones) > _SHOWN_PHONES else ''}")
    if found["needsSecondPerson"]:
        remark("it rings more phones than one person alone should order: have a second one approve it")


def _say_next(found: Mapping[str, Any]) -> None:
    """What an order with events in it waits for, if it waits for a person."""
    if found["state"] == "PREVIEWED" and found["total"]:
        remark(f"within an hour: {as_typed()} replay approve {found['id']}")


def _row(item: Mapping[str, Any]) -> tuple[object, ...]:
    names = ("state", "by", "approvedBy", "done", "total", "id")
    return (short(item["createdAt"]), *(item[name] for name in names))
