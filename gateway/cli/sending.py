"""send: a webhook as its sender would send it, to a running Dialgate."""

import json
import secrets
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Annotated, Any

import httpx
import typer

from gateway.cli.options import ConfigOption, DataDirOption, JsonOption, NamedOption, SampleOption, UrlOption
from gateway.cli.place import ask, config_path, error_text, find_place
from gateway.cli.posting import body_from, refuse_both, sample_of, signed_request, source_in
from gateway.cli.screen import MISUSED, CommandFailed, remark, say, say_json
from gateway.cli.typed import as_typed
from gateway.contracts import Source
from gateway.model import record


def send(
    source: Annotated[str, typer.Argument(help="Name of the source, or of the provider it uses.")],
    file: Annotated[Path | None, typer.Argument(help="The body; - is stdin. Without it a fresh sample.")] = None,
    same: Annotated[
        bool, typer.Option("--same", help="Post the last one to this source once more, byte for byte.")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="Invent the same person each time.", show_default=False)] = None,
    fresh: SampleOption = False,
    sample: NamedOption = None,
    count: Annotated[int, typer.Option(min=1, max=10_000, help="Post this many, each about someone new.")] = 1,
    config: ConfigOption = None,
    url: UrlOption = None,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign a webhook as its sender would, and post it.

    It goes to the running Dialgate.
    Without a file the provider's sample is sent, each time a new event about a new, invented person.
    Exit 1 when it is not accepted.

    Example: dialgate send demo; dialgate send demo --same; dialgate send crm lead.json
    """
    refuse_both(file, fresh=fresh)
    place = find_place(url, None, data_dir)
    _, target = source_in(config_path(config), source)
    kept = place.data_dir / "sent" / f"{source}.json"
    draws = Random(seed if seed is not None else secrets.randbits(64))  # noqa: S311 - invents people, guards nothing
    answers = []
    for _ in range(count):
        posted = _read_back(kept) if same else _fresh(file, target, sample, draws)
        answers.append(_post(target, posted, sample, place.url))
        _keep(kept, posted)
    _report(answers, as_json=as_json)


@record
class Posted:
    """What is posted, and the instant it is signed at: the same two make the same request."""

    body: bytes
    at: datetime


def _fresh(file: Path | None, source: Source, sample: str | None, draws: Random) -> Posted:
    now = datetime.now(UTC)
    return Posted(body=body_from(file, source, sample, now=now, draws=draws), at=now)


def _post(source: Source, posted: Posted, sample: str | None, base_url: str) -> httpx.Response:
    request = signed_request(source, posted.body, sample_of(source, sample), base_url=base_url, now=posted.at)
    return ask(request.method, request.url, content=request.body, headers=list(request.headers))


def _keep(path: Path, posted: Posted) -> None:
    """For --same; a folder that cannot be written costs only that."""
    content = {"at": posted.at.isoformat(), "body": b64encode(posted.body).decode()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(json.dumps(content), encoding="utf-8")
    except OSError:
        remark("this request could not be kept, so --same will not know it")


def _read_back(path: Path) -> Posted:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Posted(body=b64decode(content["body"]), at=datetime.fromisoformat(content["at"]))
    except (OSError, ValueError, KeyError):
        raise CommandFailed("nothing was sent to this source from here yet: leave --same out", code=MISUSED) from None


def _report(answers: list[httpx.Response], *, as_json: bool) -> None:
    if as_json:
        say_json([{"status": answer.status_code, "body": _body(answer)} for answer in answers])
    elif len(answers) == 1:
        _show(answers[0])
    else:
        good = sum(answer.is_success or answer.is_redirect for answer in answers)
        say(f"{good} of {len(answers)} accepted; see `{as_typed()} calls`")
    refused = [answer for answer in answers if answer.is_error]
    if refused:
        raise CommandFailed(f"not accepted ({refused[0].status_code}): {error_text(refused[0])}")


def _show(answer: httpx.Response) -> None:
    body = _body(answer)
    events = body.get("events", []) if isinstance(body, dict) else []
    if answer.is_success:
        say(f"{answer.status_code} {body.get('status', 'ok') if isinstance(body, dict) else 'ok'}", style="green")
    for event in events:
        say(f"  event {event.get('id')}: {event.get('status')}")
        for call in event.get("calls", ()):
            say(f"    call {call}   → {as_typed()} calls show {call}")
    if answer.is_success:
        say(f"look: {as_typed()} calls · {as_typed()} rings", style="dim")


def _body(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return answer.text
