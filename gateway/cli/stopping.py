"""stop, resume, stops: one switch for everything, an account, a source, a rule or a number."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from gateway.cli.moments import short
from gateway.cli.options import DataDirOption, JsonOption, KeyOption, LimitOption, UrlOption
from gateway.cli.place import Api, find_place
from gateway.cli.screen import say, say_json, say_table
from gateway.ledger.stops import Stoppable

What = Annotated[Stoppable, typer.Argument(help="What is meant.")]
Name = Annotated[str, typer.Argument(help="Its name in the configuration; everything has none.", show_default=False)]


def stop(
    what: What = Stoppable.EVERYTHING,
    name: Name = "",
    until: Annotated[
        str | None,
        typer.Option(help="Resume by itself then: 30m, 8h, or an ISO date and time with its zone.", show_default=False),
    ] = None,
    reason: Annotated[str, typer.Option(help="For those who find it stopped.", show_default=False)] = "",
    url: UrlOption = None,
    key: KeyOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Stop dials everywhere, at once; nothing is lost.

    Calls wait, and expire by their own limit. Only requests already sent go on.

    Example: dialgate stop; dialgate stop source web-form --until 2h
    """
    body = {"what": what.value, "name": name, "reason": reason} | ({"until": until} if until else {})
    answer = Api(find_place(url, key, data_dir)).post("/v1/stop", body)
    _say_stopped(answer.get("items") or [])


def resume(
    what: What = Stoppable.EVERYTHING,
    name: Name = "",
    url: UrlOption = None,
    key: KeyOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Let what was stopped ring again.

    Calls that waited and are still fresh and lawful ring now.

    Example: dialgate resume; dialgate resume source web-form
    """
    answer = Api(find_place(url, key, data_dir)).post("/v1/resume", {"what": what.value, "name": name})
    if not answer.get("changed"):
        say(f"{what.value}{' ' if name else ''}{name} was not stopped")
    _say_stopped(answer.get("items") or [])


def stops(
    limit: LimitOption = 50,
    url: UrlOption = None,
    key: KeyOption = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what is stopped, and who stopped and resumed what.

    Example: dialgate stops
    """
    answer = Api(find_place(url, key, data_dir)).get("/v1/stops", limit=min(limit, 1000))
    if as_json:
        say_json(answer)
        return
    _say_stopped(answer.get("items") or [])
    history = answer.get("history") or []
    if history:
        say("orders, newest first", style="bold")
        say_table(("at", "order", "what", "name", "until", "by", "reason"), (_row(one) for one in history))


def _say_stopped(items: list[Mapping[str, Any]]) -> None:
    if not items:
        say("nothing is stopped", style="green")
    for one in items:
        until = f"until {short(one['until'])} UTC" if one.get("until") else "until it is resumed"
        why = f": {one['reason']}" if one.get("reason") else ""
        say(f"stopped: {one.get('what')} {one.get('name') or ''}".rstrip() + f", {until}{why}", style="bold red")


def _row(one: Mapping[str, Any]) -> tuple[object, ...]:
    rest = (one.get("what"), one.get("name") or "", short(one.get("until")), one.get("by"), one.get("reason") or "")
    return (short(one.get("at")), one.get("action"), *rest)
