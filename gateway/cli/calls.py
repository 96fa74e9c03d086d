"""calls: what rang, what waits, what did not ring and why; and what a person may order."""

from collections.abc import Mapping
from enum import StrEnum
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
from gateway.cli.place import api_of, connect
from gateway.cli.screen import FAILED, remark, say, say_facts, say_json, say_table
from gateway.cli.typed import as_typed
from gateway.model import CallState

calls = typer.Typer(help="List, show, and decide calls.", rich_markup_mode=None)

CallId = Annotated[str, typer.Argument(help="Id of the call, as `dialgate calls` shows it.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
_COLUMNS = ("received", "state", "reason", "source", "rule", "from", "contact", "phone", "id")
_WHOLE = ("received", "state", "phone", "id")
_SPARE = ("contact", "from", "rule", "source", "phone", "received")
_SHOWN_ELSEWHERE = {"timeline", "verdicts", "response"}


class Resolution(StrEnum):
    """What a person knows, or orders, of an UNKNOWN call."""

    PLACED = "placed"
    REDIAL = "redial"
    CLOSE = "close"


@calls.callback(invoke_without_command=True)
def list_calls(
    context: typer.Context,
    state: Annotated[
        CallState | None, typer.Option(help="Only calls in this state.", case_sensitive=False, show_default=False)
    ] = None,
    source: Annotated[str | None, typer.Option(help="Only calls of this source.", show_default=False)] = None,
    contact: Annotated[
        str | None, typer.Option(help="Only calls to this contact id or +E.164 phone.", show_default=False)
    ] = None,
    since: SinceOption = None,
    limit: LimitOption = 50,
    url: UrlOption = None,
    key: KeyOption = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """List calls, newest first; or `calls show ID`, `resolve`, `cancel`, `release`.

    Example: dialgate calls --state UNKNOWN --since 24h
    """
    api = connect(context, url, key, data_dir)
    if context.invoked_subcommand is not None:
        return
    items = read_list(api, "/v1/calls", limit=limit, state=state, source=source, contact=contact, since=since)
    if as_json:
        say_json(items)
    elif items:
        say_table(_COLUMNS, (_row(item) for item in items), whole=_WHOLE, spare=_SPARE)
    else:
        say("no calls")


@calls.command("show")
def show_call(
    context: typer.Context, call_id: CallId, reveal: RevealOption = False, as_json: JsonOption = False
) -> None:
    """Everything about one call, with its timeline.

    Example: dialgate calls show call_3f…
    """
    call = api_of(context).get(f"/v1/calls/{call_id}", reveal=str(reveal).lower())
    if as_json:
        say_json(call)
        return
    say_facts({name: value for name, value in call.items() if name not in _SHOWN_ELSEWHERE})
    draw_timeline(call.get("timeline") or ())
    if call.get("state") == CallState.UNKNOWN:
        choices = " | ".join(Resolution)
        say(
            f"it may have rung; say what you find out: {as_typed()} calls resolve {call_id} [{choices}]", style="yellow"
        )


@calls.command("resolve")
def resolve_call(
    context: typer.Context,
    call_id: CallId,
    resolution: Annotated[Resolution, typer.Argument(help="What you know, or order.")],
    yes: YesOption = False,
) -> None:
    """Say what became of an UNKNOWN call.

    placed: it rang. close: nobody knows, let it be. redial: ring, perhaps a second time.

    Example: dialgate calls resolve call_3f… placed
    """
    if resolution is Resolution.REDIAL and not yes:
        typer.confirm("This call may have rung already. Ring again?", abort=True)
    _order(context, call_id, "resolve", {"as": resolution.value})


@calls.command("cancel")
def cancel_call(context: typer.Context, call_id: CallId) -> None:
    """Cancel a READY or HELD call. One being dialled cannot be cancelled.

    A call that had joined it, the same person by another sender, takes its place: cancel that one too, or use
    `dialgate dnc add`.
    """
    _order(context, call_id, "cancel", {})


@calls.command("release")
def release_call(context: typer.Context, call_id: CallId) -> None:
    """Let a HELD call be dialled."""
    _order(context, call_id, "release", {})


def _order(context: typer.Context, call_id: str, verb: str, body: Mapping[str, object]) -> None:
    answer: Any = api_of(context).post(f"/v1/calls/{call_id}/{verb}", body)
    state = answer.get("state") if isinstance(answer, dict) else None
    if state is None:
        remark(f"not done: {answer}")
        raise typer.Exit(FAILED)
    say(f"{call_id} is {state}")


def _row(item: Mapping[str, Any]) -> tuple[object, ...]:
    names = ("state", "reason", "source", "rule", "fromNumberId", "contactId", "phone", "id")
    received = item.get("receivedAt")
    return (short(received), *(item.get(name) or "" for name in names))
