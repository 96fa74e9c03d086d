"""serve, work, sweep, sandbox: one part each, as a process of its own, with everything from the environment."""

import os
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import ConfigOption
from gateway.rules.loading import load
from gateway.settings import read_settings
from gateway.startup import refuse_to_start
from gateway.web.proxies import TrustedProxies


def serve(
    config: ConfigOption = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default=False)] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", show_default=False)] = None,
    processes: Annotated[
        int | None, typer.Option(help="Receiver processes behind the port.  [default: 1]", show_default=False)
    ] = None,
) -> None:
    """Receive webhooks and serve the API.

    Run as many as you like, behind a proxy, or several processes behind one port with --processes: one that dies is
    replaced. Settings come from DIALGATE_… variables.

    Example: DIALGATE_REDIS_URL=redis://redis:6379/0 dialgate serve --host 0.0.0.0
    """
    os.environ.update(_variables(config=config, host=host, port=port, processes=processes))
    settings = read_settings(os.environ)
    refuse_to_start(settings, load(settings.config, os.environ))
    if settings.processes > 1:
        TrustedProxies(settings.trusted_proxies)  # or each process would find out by itself
        _become("gateway.multiprocess", variables={})
    from gateway.web.server import run  # the web stack takes a while to load, and no other command needs it

    run(settings)


class WorkQueue(StrEnum):
    """What a worker works through."""

    DIAL = "dial"
    ENRICH = "enrich"
    NOTIFY = "notify"


def work(
    config: ConfigOption = None,
    queue: Annotated[
        WorkQueue,
        typer.Option(
            help="dial: ring. enrich: fetch the records of thin events, for sources that say so. "
            "notify: tell endpoints what became of calls, where the configuration says `notify`."
        ),
    ] = WorkQueue.DIAL,
) -> None:
    """Ring: claim due calls and place them. Run as many as you like.

    The first SIGTERM or Ctrl-C lets rings under way end; a second one stops at once.
    """
    _become("workers", "work" if queue is WorkQueue.DIAL else queue.value, variables=_variables(config=config))


def sweep(config: ConfigOption = None) -> None:
    """Re-drive what crashes left behind, and audit. Run two.

    Also wakes workers for what is due, expires what is too old, and probes stopped accounts.
    """
    _become("workers", "sweep", variables=_variables(config=config))


def sandbox(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.")] = 8090,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder where rings survive a restart.", show_default=False)
    ] = None,
) -> None:
    """Run a double of the call API, with a page of rings.

    No phone ever rings.

    Dial it with DIALGATE_SANDBOX=1 and DIALGATE_CALL_API_URL set to its address.

    Example: dialgate sandbox --port 8090
    """
    folder = ("--data-dir", str(data_dir)) if data_dir is not None else ()
    _become("workers.sandbox", "--host", host, "--port", str(port), *folder, variables={})


def _variables(**given: object) -> dict[str, str]:
    return {f"DIALGATE_{name.upper()}": str(value) for name, value in given.items() if value is not None}


def _become(module: str, *words: str, variables: Mapping[str, str]) -> None:
    """Replace this process, so that signals and exit codes are the part's own."""
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-m", module, *words], {**os.environ, **variables})  # noqa: S606 - our own module
