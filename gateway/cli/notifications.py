"""notifications: who was told what became of calls, what they answered, and sending once more."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from gateway.cli.listing import read_list
from gateway.cli.moments import short
from gateway.cli.options import DataDirOption, JsonOption, KeyOption, LimitOption, UrlOption
from gateway.cli.place import api_of, connect
from gateway.cli.screen import say, say_json, say_table

notifications = typer.Typer(help="Show what endpoints were told, and send again.", rich_markup_mode=None)

_COLUMNS = ("at", "endpoint", "told", "reason", "state", "tries", "next", "answer", "id")


class State(StrEnum):
    """Where a message stands."""

    WAITING = "WAITING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


@notifications.callback(invoke_without_command=True)
def list_notifications(
    context: typer.Context,
    state: Annotated[State | None, typer.Option(help="Only those in this state.", show_default=False)] = None,
    call: Annotated[str | None, typer.Option(help="Only those about this call.", show_default=False)] = None,
    limit: LimitOption = 50,
    url: UrlOption = None,
    key: KeyOption = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show messages to the endpoints of `notify`: tries, the last answer, the next time. Newest first.

    Example: dialgate notifications --state FAILED
    """
    api = connect(context, url, key, data_dir)
    if context.invoked_subcommand is not None:
        return
    if call is not None:
        items = api.get(f"/v1/calls/{call}/notifications").get("items") or []
    else:
        items = read_list(api, "/v1/notifications", limit=limit, state=None if state is None else state.value)
    if as_json:
        say_json(items)
    elif items:
        say_table(_COLUMNS, (_row(item) for item in items), whole=("id",), spare=("reason", "tries", "answer"))
    else:
        say("no notifications")


@notifications.command("endpoints")
def list_endpoints(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show how each endpoint does.

    What waits, failures in a row, and whether it is left alone for a while.

    Example: dialgate notifications endpoints
    """
    api = api_of(context)
    items = api.get("/v1/endpoints").get("items") or []
    if as_json:
        say_json(items)
    else:
        names = ("name", "waiting", "failures", "pausedUntil", "deliveredAt", "error")
        say_table(names, ([item.get(name) for name in names] for item in items))


@notifications.command("resend")
def resend(
    context: typer.Context, notification: Annotated[str, typer.Argument(metavar="ID", help="As the list shows it.")]
) -> None:
    """Send a message again at once, under its old id.

    Whatever became of it, and whether or not its endpoint is left alone.

    Example: dialgate notifications resend call_3f…-1-crm
    """
    api = api_of(context)
    answer = api.post(f"/v1/notifications/{notification}/resend", {})
    say(f"{notification} is {answer.get('state')}: it goes out at once")


def _row(item: Mapping[str, Any]) -> tuple[object, ...]:
    names = ("endpoint", "callState", "reason", "state", "tries")
    following = short(item.get("nextAt")) if item.get("nextAt") else ""
    return (short(item.get("at")), *(item.get(name) or "" for name in names), following, item.get("answer"), item["id"])
