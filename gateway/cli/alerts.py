"""alerts: what a person must look at, and saying that one knows."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from gateway.cli.moments import short
from gateway.cli.options import DataDirOption, JsonOption, KeyOption, UrlOption
from gateway.cli.place import api_of, connect
from gateway.cli.screen import say, say_json
from gateway.cli.typed import as_typed

alerts = typer.Typer(help="Show and acknowledge alerts.", rich_markup_mode=None)


@alerts.callback(invoke_without_command=True)
def list_alerts(
    context: typer.Context,
    url: UrlOption = None,
    key: KeyOption = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a person must look at, with what to do.

    Example: dialgate alerts
    """
    api = connect(context, url, key, data_dir)
    if context.invoked_subcommand is not None:
        return
    answer = api.get("/v1/alerts")
    if as_json:
        say_json(answer)
        return
    items = answer.get("items") or []
    for item in items:
        _show(item)
    if not items:
        say("no alerts", style="green")
    elif any(not item.get("acknowledgedBy") for item in items):
        say(f"once you know: {as_typed()} alerts ack KEY")


@alerts.command("ack")
def acknowledge(
    context: typer.Context, alert: Annotated[str, typer.Argument(metavar="KEY", help="As `dialgate alerts` shows it.")]
) -> None:
    """Say that you know: it warns no more while it goes on.

    Example: dialgate alerts ack audit_broken:ledger
    """
    api = api_of(context)
    api.post("/v1/alerts/acknowledge", {"key": alert})
    say(f"{alert} is acknowledged")


def _show(item: Mapping[str, Any]) -> None:
    known = f", known to {item['acknowledgedBy']}" if item.get("acknowledgedBy") else ""
    style = "" if known else "bold red" if item.get("critical") else "yellow"
    say(f"{item.get('key')}  since {short(item.get('since'))}, seen {item.get('count')} times{known}", style=style)
    say(f"  {item.get('detail')}")
    say(f"  → {item.get('do')}")
