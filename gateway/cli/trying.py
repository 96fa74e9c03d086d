"""try: what would happen to a webhook, and why, with nothing sent and nothing stored."""

import secrets
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Annotated

import typer

from gateway.cli.asking_list import with_do_not_call
from gateway.cli.explaining import as_json_value, show
from gateway.cli.moments import instant
from gateway.cli.options import ConfigOption, JsonOption, NamedOption, SampleOption
from gateway.cli.place import config_path, find_place
from gateway.cli.posting import body_from, refuse_both, sample_of, signed_request, source_in
from gateway.cli.screen import FAILED, say_json
from gateway.rehearsal import rehearse

_BASE_URL = "http://127.0.0.1:8080"


def try_(
    source: Annotated[str, typer.Argument(help="Name of the source, or of the provider it uses.")],
    file: Annotated[Path | None, typer.Argument(help="The body; - is stdin. Without it a fresh sample.")] = None,
    at: Annotated[
        str | None, typer.Option(help="As if it were this instant, e.g. 2026-11-28T21:00:00Z.", show_default=False)
    ] = None,
    fresh: SampleOption = False,
    sample: NamedOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain what a webhook would do. Nothing is sent or stored.

    Shows authentication, events, what each rule and guard says, and the calls.
    A running Dialgate is asked for its do-not-call list; without one that is said.
    The body is signed as its sender would sign it. Exit 1 when no phone would ring.

    Example: dialgate try crm lead.json; dialgate try demo --at 2026-11-28T21:00:00Z
    """
    refuse_both(file, fresh=fresh)
    now = datetime.now(UTC) if at is None else instant(at)
    rulebook, target = source_in(config_path(config), source)
    draws = Random(secrets.randbits(64))  # noqa: S311 - invents people, guards nothing
    body = body_from(file, target, sample, now=now, draws=draws)
    request = signed_request(target, body, sample_of(target, sample), base_url=_BASE_URL, now=now)
    tried = with_do_not_call(rehearse(rulebook, target, request, now=now), rulebook, find_place())
    if as_json:
        say_json(as_json_value(tried))
    else:
        show(tried, now=now)
    if not tried.would_ring:
        raise typer.Exit(FAILED)
