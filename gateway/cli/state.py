"""status, audit, rings: is everything well, does everything add up, and what did the sandbox hear."""

from collections.abc import Mapping
from typing import Annotated, Any

import httpx
import typer

from gateway.cli.moments import short
from gateway.cli.options import DataDirOption, JsonOption, KeyOption, LimitOption, UrlOption
from gateway.cli.place import Api, ask, find_place
from gateway.cli.screen import FAILED, MISUSED, CommandFailed, say, say_json, say_table


def status(
    url: UrlOption = None, key: KeyOption = None, data_dir: DataDirOption = None, as_json: JsonOption = False
) -> None:
    """Say whether all is ready, what to look at, and count calls.

    Exit 1 when something is not ready; an alert alone is none.

    Example: dialgate status
    """
    place = find_place(url, key, data_dir)
    ready = ask("GET", f"{place.url}/readyz")
    problems, warnings = _told(ready, "problems"), _told(ready, "warnings")
    counts = Api(place).get("/v1/audit") if place.key is not None else {}
    if as_json:
        say_json(
            {"ready": ready.is_success, "problems": problems, "warnings": warnings, "calls": counts.get("calls", {})}
        )
    else:
        say(
            f"{place.url}: {'ready' if ready.is_success else 'NOT ready'}", style="green" if ready.is_success else "red"
        )
        for problem in problems:
            say(f"  {problem.get('detail')} → {problem.get('do')}")
        for warning in warnings:
            say(f"  alert: {warning.get('detail')} → {warning.get('do')}", style="yellow")
        say_table(("state", "calls"), counts.get("calls", {}).items())
    if not ready.is_success:
        raise typer.Exit(FAILED)


def audit(
    url: UrlOption = None, key: KeyOption = None, data_dir: DataDirOption = None, as_json: JsonOption = False
) -> None:
    """Recount the ledger; name every broken promise.

    From the records themselves. Exit 1 when a promise is broken.

    Example: dialgate audit --json
    """
    found = Api(find_place(url, key, data_dir)).get("/v1/audit")
    broken = found.get("broken") or []
    if as_json:
        say_json(found)
    else:
        _show_audit(found, broken)
    if broken:
        raise typer.Exit(FAILED)


def rings(
    limit: LimitOption = 50,
    sandbox_url: Annotated[
        str | None, typer.Option(help="Address of the sandbox.  [default: a running `up`]", show_default=False)
    ] = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the phones that rang in the sandbox.

    The newest is last.

    Example: dialgate rings
    """
    address = sandbox_url or find_place(data_dir=data_dir).sandbox_url
    if address is None:
        raise CommandFailed("no sandbox is known: `dialgate up` starts one, or give --sandbox-url", code=MISUSED)
    answer = ask("GET", f"{address.rstrip('/')}/rings")
    if not answer.is_success:
        raise CommandFailed(f"the sandbox answered {answer.status_code}")
    heard = answer.json()[-limit:]
    if as_json:
        say_json(heard)
    elif heard:
        say_table(("at", "from", "contact", "campaign"), (_ring_row(ring) for ring in heard))
    else:
        say("no phone has rung")


def _told(ready: httpx.Response, name: str) -> list[dict[str, Any]]:
    try:
        found = ready.json().get(name, [])
    except (ValueError, AttributeError):
        found = []
    return [one for one in found if isinstance(one, dict)]


def _show_audit(found: Mapping[str, Any], broken: list[dict[str, Any]]) -> None:
    say(f"deliveries {found.get('deliveries')}")
    for what in ("events", "calls"):
        counted = {state: number for state, number in (found.get(what) or {}).items() if number}
        say(f"{what}: " + (", ".join(f"{state} {number}" for state, number in counted.items()) or "none"))
    for one in broken:
        say(f"BROKEN {one.get('name')}: {one.get('detail')} ({', '.join(one.get('ids') or ())})", style="bold red")
        say(f"  {one.get('do')}")
    if not broken:
        say("every promise holds", style="green")


def _ring_row(ring: Mapping[str, Any]) -> tuple[object, ...]:
    return short(ring.get("at")), ring.get("fromNumberId"), ring.get("contactId"), ring.get("campaignId") or ""
