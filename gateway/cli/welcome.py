"""What `dialgate up` prints once everything runs: where to post, where to look, what to try."""

from gateway.cli.machine import Machine
from gateway.cli.screen import say
from gateway.cli.typed import as_typed
from gateway.rules.rulebook import Rulebook

_DEMO = "demo"


def welcome(machine: Machine, rulebook: Rulebook, console_key: str | None) -> None:
    """Print it; the console's key only when it was made just now, as nobody can read it later."""
    say()
    say("Dialgate is running.", style="bold green")
    if machine.sandbox_url is None:
        say("LIVE: calls ring real phones.", style="bold red")
    else:
        say(f"No real phone rings: calls go to the sandbox, {machine.sandbox_url} (open it to watch).")
    say()
    say("Post webhooks to", style="bold")
    for name, source in rulebook.sources.items():
        token = "/<its path token>" if source.path_token else ""
        say(f"  {machine.public_url.rstrip('/')}/hooks/{name}{token}   ({source.provider.title})")
    say("Console", style="bold")
    say(f"  {machine.url}/console")
    if console_key is not None:
        say(f"  its key, shown only now: {console_key}")
    else:
        say(f"  sign in with its key; a new one: {as_typed()} console key")
    say("API", style="bold")
    say(f"  {machine.url}/v1   (documentation: {machine.url}/docs)")
    say(f"  Authorization: Bearer {machine.api_key}")
    say("Data", style="bold")
    say(f"  {machine.data_dir}   (kept; delete the folder to start afresh)")
    say("Try, in a second terminal", style="bold")
    command = as_typed()
    say(f"  {command} send {_example(rulebook)}")
    say(f"  {command} calls")
    say()
    say("Ctrl-C stops.", style="dim")


def _example(rulebook: Rulebook) -> str:
    names = list(rulebook.sources)
    return _DEMO if _DEMO in names or not names else names[0]
