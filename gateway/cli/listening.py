"""listen: the next real requests of a source, kept in a file to write rules and tests from."""

import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.options import DataDirOption, KeyOption, UrlOption
from gateway.cli.place import Api, find_place
from gateway.cli.screen import FAILED, CommandFailed, remark, say

_POLL_SECONDS = 0.5
_PAGE = 100
_DIGITS = re.compile(r"\d(?:[\d\s().-]{5,})\d")


def listen(
    source: Annotated[str, typer.Argument(help="Name of the source, as in the configuration.")],
    out: Annotated[Path | None, typer.Option(help="File to add to, one JSON a line.", show_default=False)] = None,
    count: Annotated[int, typer.Option(min=1, max=1000, help="Stop after this many.")] = 1,
    seconds: Annotated[float, typer.Option(min=1, help="Stop after this long.")] = 600.0,
    mask: Annotated[bool, typer.Option("--mask", help="Hide digits that may be phone numbers.")] = False,
    url: UrlOption = None,
    key: KeyOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Keep the next requests a source really receives.

    Waits for deliveries that passed authentication. Secrets are never in them; phones are, unless --mask.
    Exit 1 when the time is over first.

    Example: dialgate listen crm --count 3 --out crm.jsonl --mask
    """
    api, path = Api(find_place(url, key, data_dir)), out or Path(f"{source}.jsonl")
    since, until, seen = datetime.now(UTC), time.monotonic() + seconds, set[str]()
    remark(f"waiting for {count} deliveries to {source} …", style=None)
    while len(seen) < count:
        if time.monotonic() > until:
            raise CommandFailed(f"{len(seen)} of {count} deliveries came within {seconds:.0f} s", code=FAILED)
        for delivery_id in _new_deliveries(api, source, since, seen)[: count - len(seen)]:
            seen.add(delivery_id)
            _keep(path, api.get(f"/v1/deliveries/{delivery_id}", reveal="true"), mask=mask)
            say(f"kept {delivery_id} in {path}", style="green")
        time.sleep(_POLL_SECONDS)


def _new_deliveries(api: Api, source: str, since: datetime, seen: set[str]) -> list[str]:
    """Deliveries since we began, oldest first, that are not kept yet."""
    page = api.get("/v1/events", source=source, since=since.isoformat(), limit=_PAGE)
    found = dict.fromkeys(str(event["deliveryId"]) for event in reversed(page["items"]))
    return [delivery_id for delivery_id in found if delivery_id not in seen]


def _keep(path: Path, delivery: dict[str, Any], *, mask: bool) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(masked(delivery) if mask else delivery, ensure_ascii=False) + "\n")
    except OSError as error:
        raise CommandFailed(f"{path} cannot be written: {error.strerror}", code=FAILED) from None


def masked(delivery: dict[str, Any]) -> dict[str, Any]:
    """The delivery with all but the last two digits of anything as long as a phone number hidden.

    A body that is not text cannot be masked and is left out.
    """
    body = delivery.get("body") if delivery.get("bodyEncoding") == "utf-8" else None
    hidden = {"body": _hidden(body), "query": _hidden(delivery.get("query")), "remote": "hidden"}
    return {**delivery, **hidden}


def _hidden(text: str | None) -> str | None:
    return _DIGITS.sub(lambda found: "•" * (len(found[0]) - 2) + found[0][-2:], text) if text is not None else None
