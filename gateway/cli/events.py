"""events: what came in and what was decided; and deciding it anew."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from gateway.cli.listing import draw_timeline, read_list
from gateway.cli.moments import short
from gateway.cli.options import (
    DataDirOption,
    JsonOption,
    KeyOption,
    LimitOption,
    RevealOption,
    SinceOption,
    UrlOption,
)
from gateway.cli.place import Api, api_of, connect
from gateway.cli.screen import say, say_facts, say_json, say_table
from gateway.model import EventState

events = typer.Typer(help="List, show, and replay events.", rich_markup_mode=None)

EventId = Annotated[str, typer.Argument(help="Id of the event, as `dialgate events` shows it.")]
_COLUMNS = ("received", "state", "reason", "source", "type", "calls", "duplicates", "id")
_WHOLE = ("received", "state", "id")
_SPARE = ("duplicates", "calls", "type", "source", "received")
_SHOWN_ELSEWHERE = {"timeline", "trace"}


@events.callback(invoke_without_command=True)
def list_events(
    context: typer.Context,
    state: Annotated[
        EventState | None, typer.Option(help="Only events in this state.", case_sensitive=False, show_default=False)
    ] = None,
    source: Annotated[str | None, typer.Option(help="Only events of this source.", show_default=False)] = None,
    since: SinceOption = None,
    limit: LimitOption = 50,
    url: UrlOption = None,
    key: KeyOption = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """List events, newest first; or `events show ID`, `events replay ID`.

    Example: dialgate events --state FAILED
    """
    api = connect(context, url, key, data_dir)
    if context.invoked_subcommand is not None:
        return
    items = read_list(api, "/v1/events", limit=limit, state=state, source=source, since=since)
    if as_json:
        say_json(items)
    elif items:
        say_table(_COLUMNS, (_row(item) for item in items), whole=_WHOLE, spare=_SPARE)
    else:
        say("no events")


@events.command("show")
def show_event(
    context: typer.Context, event_id: EventId, reveal: RevealOption = False, as_json: JsonOption = False
) -> None:
    """Everything about one event: payload, rules, calls, timeline."""
    event = api_of(context).get(f"/v1/events/{event_id}", reveal=str(reveal).lower())
    if as_json:
        say_json(event)
        return
    say_facts({name: value for name, value in event.items() if name not in _SHOWN_ELSEWHERE})
    for trace in event.get("trace") or ():
        say(f"  rule {trace.get('rule')}: {_said(trace)}")
    draw_timeline(event.get("timeline") or ())


@events.command("replay")
def replay_event(
    context: typer.Context,
    event_id: EventId,
    again: Annotated[bool, typer.Option("--again", help="Also ring who was rung, or may have been.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would do.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Decide an event anew, with the rules in force now.

    Who was rung, or may have been, is not rung again, unless with --again.

    Example: dialgate events replay ev_9c… --dry-run
    """
    api, path = api_of(context), f"/v1/events/{event_id}/replay"
    if again and not dry_run and not yes:
        _show_replay(api, api.post(path, {"again": True, "dryRun": True}), would=True)
        typer.confirm("Ring these phones again?", abort=True)
    answer = api.post(path, {"again": again, "dryRun": dry_run})
    if as_json:
        say_json(answer)
    else:
        _show_replay(api, answer, would=dry_run)


def _show_replay(api: Api, answer: Mapping[str, Any], *, would: bool) -> None:
    new, kept = answer.get("new") or [], answer.get("kept") or []
    reason = answer.get("error") or answer.get("reason") or ""
    say(f"{'would be ' if would else ''}{answer.get('state')} {reason}".rstrip())
    say(f"  {len(new)} call{'' if len(new) == 1 else 's'} {'would ring' if would else 'to ring'}")
    for call_id in new:
        say(f"    {call_id} {_whom(api, call_id)}".rstrip())
    if kept:
        say(f"  {len(kept)} left as they are, because they rang, may have, or still wait: {', '.join(kept)}")


def _whom(api: Api, call_id: str) -> str:
    """The phone, masked, or the contact of a call that exists already."""
    found = api.find(f"/v1/calls/{call_id}") or {}
    return str(found.get("phone") or found.get("contactId") or "")


def _said(trace: Mapping[str, Any]) -> str:
    if trace.get("error"):
        return f"error: {trace['error']}"
    matched = trace.get("matched")
    answer = "not reached" if matched is None else "matched" if matched else "no"
    return f"{answer} {trace.get('detail') or ''}".rstrip()


def _row(item: Mapping[str, Any]) -> tuple[object, ...]:
    calls = item.get("calls") or item.get("callIds") or ()
    middle = (item.get(name) or "" for name in ("state", "reason", "source", "type"))
    return (short(item.get("receivedAt")), *middle, len(calls), item.get("duplicates") or 0, item.get("id"))
