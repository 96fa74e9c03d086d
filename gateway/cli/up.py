"""dialgate up: everything on one machine, with nothing installed but Python."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.console import renew_key
from gateway.cli.folder import locked, own_key, write_privately
from gateway.cli.machine import Machine, plans_for, port_held, stop_order
from gateway.cli.options import ConfigOption
from gateway.cli.place import UP_FILE
from gateway.cli.screen import CommandFailed, remark, say
from gateway.cli.welcome import welcome
from gateway.console_key import read_digest
from gateway.embedded import EmbeddedValkey
from gateway.errors import LedgerUnavailable
from gateway.rules.loading import load
from gateway.rules.rulebook import Rulebook
from gateway.settings import Settings, read_settings
from gateway.signals import StopAsked, stop_asked
from gateway.startup import accounts_without_token, refuse_to_start
from gateway.supervision import Child, ChildFailed

_READY_SECONDS = 60.0
_LONGEST_SOCKET_PATH = 100  # the kernel's limit is 107 bytes


def up(
    config: ConfigOption = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port for webhooks and the API; 0: a free one.")] = 8080,
    sandbox_port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the sandbox; 0: a free one.")] = 8090,
    data_dir: Annotated[
        Path | None,
        typer.Option(help="Folder for all data; survives restarts.  [default: .dialgate]", show_default=False),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Ring real phones, if every account has a token. Else the sandbox rings.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show what every part does, not only trouble.")] = False,
) -> None:
    """Run everything on this machine.

    That is: an embedded Valkey, receiver, worker, sweeper, and the sandbox.

    Without --live no real phone can ring: calls go to the sandbox, whose page shows them.
    Ctrl-C stops everything in order and keeps the data.

    Example: dialgate up --config config/dialgate.yaml
    """
    settings = read_settings(_with_flags(os.environ, config=config, data_dir=data_dir, port=port))
    rulebook = load(settings.config, os.environ)
    live = _really_live(settings, rulebook, wanted=live)
    folder = settings.data_dir.resolve()
    with ExitStack() as stack:
        stack.enter_context(locked(folder))
        free = stack.enter_context(port_held(settings.host, port, "--port"))
        sandbox = nullcontext() if live else port_held("127.0.0.1", sandbox_port, "--sandbox-port")
        free_sandbox = stack.enter_context(sandbox)
        stop = stack.enter_context(stop_asked())
        valkey = stack.enter_context(_valkey(folder / "valkey"))
        machine = _machine(settings, folder, free, free_sandbox, valkey.url, verbose=verbose)
        enriches, notifies = any(source.enrich for source in rulebook.sources.values()), bool(rulebook.config.notify)
        machine = replace(machine, enriches=enriches, notifies=notifies)
        _run(machine, valkey, rulebook, stop)
    say("stopped; the data is kept")


def _with_flags(environ: Mapping[str, str], **flags: object) -> dict[str, str]:
    given = {f"DIALGATE_{name.upper()}": str(value) for name, value in flags.items() if value is not None}
    return {name: value for name, value in environ.items() if name.removesuffix("_FILE") not in given} | given


def _really_live(settings: Settings, rulebook: Rulebook, *, wanted: bool) -> bool:
    without = accounts_without_token(rulebook)
    if not wanted:
        return False
    if without or not rulebook.config.accounts:
        remark(f"--live needs a token for every account; without one: {', '.join(without)}. The sandbox is used.")
        return False
    refuse_to_start(settings.model_copy(update={"sandbox": False}), rulebook)
    return True


def _machine(
    settings: Settings, folder: Path, port: int, sandbox_port: int | None, redis_url: str, *, verbose: bool
) -> Machine:
    own_url = f"http://{settings.host}:{port}"
    return Machine(
        config=settings.config.resolve(),
        data_dir=folder,
        host=settings.host,
        port=port,
        public_url=settings.public_url if "public_url" in settings.model_fields_set else own_url,
        api_key=settings.api_key.get_secret_value() if settings.api_key is not None else own_key(folder),
        redis_url=redis_url,
        sandbox_port=sandbox_port,
        call_api_url=settings.call_api_url if sandbox_port is None else f"http://127.0.0.1:{sandbox_port}",
        log_level="info" if verbose else "warning",
    )


def _run(machine: Machine, valkey: EmbeddedValkey, rulebook: Rulebook, stop: StopAsked) -> None:
    children = [Child(plan, say=_child_says) for plan in plans_for(machine, os.environ)]
    try:
        for child in children:
            child.start()
            if child.plan.name == "sandbox":  # the worker asks it for its mark as it starts
                child.wait_until_ready(seconds=_READY_SECONDS, give_up=stop.asked)
        for child in children:
            child.wait_until_ready(seconds=_READY_SECONDS, give_up=stop.asked)
        if not stop.asked():
            write_privately(machine.data_dir / UP_FILE, _up_file(machine))
            first_key = renew_key(machine.data_dir) if read_digest(machine.data_dir) is None else None
            welcome(machine, rulebook, first_key)
        while not stop.wait(0.2):
            _look_after(valkey, children)
    except ChildFailed as error:
        raise CommandFailed(str(error)) from None
    finally:
        (machine.data_dir / UP_FILE).unlink(missing_ok=True)
        say("stopping …", style="dim")
        for child in sorted(children, key=lambda one: stop_order(one.plan.name)):
            child.stop(at_once=stop.insisted)


def _look_after(valkey: EmbeddedValkey, children: list[Child]) -> None:
    if not valkey.running:
        remark("valkey ended unexpectedly; starting it again")
        valkey.start()
    for child in children:
        child.look_after()


def _child_says(name: str, text: str) -> None:
    for line in text.splitlines():
        remark(f"{name:8} | {line}", style=None)


def _up_file(machine: Machine) -> str:
    content = {
        "url": machine.url,
        "public_url": machine.public_url,
        "api_key": machine.api_key,
        "sandbox_url": machine.sandbox_url,
        "redis_url": machine.redis_url,
        "config": str(machine.config),
        "pid": os.getpid(),
    }
    return json.dumps(content, indent=2) + "\n"


@contextmanager
def _valkey(folder: Path) -> Iterator[EmbeddedValkey]:
    """The embedded server; on a port of this machine where the folder's path is too long for a Unix socket."""
    long = len(str(folder / "valkey.sock")) > _LONGEST_SOCKET_PATH
    try:
        with (
            port_held("127.0.0.1", 0, "--data-dir") if long else nullcontext() as port,
            EmbeddedValkey(folder, port=port) as server,
        ):
            yield server
    except LedgerUnavailable as error:
        raise CommandFailed(str(error)) from None
