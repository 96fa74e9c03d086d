"""console: a new key for its holder, and hashes of passwords for the configuration."""

import sys
from pathlib import Path

import typer

from gateway.cli.folder import write_privately
from gateway.cli.options import DataDirOption
from gateway.cli.place import settings_now
from gateway.cli.screen import MISUSED, CommandFailed, remark, say
from gateway.console_key import KEY_FILE, digest_of, fresh_key
from gateway.web.console.people import hash_password

console = typer.Typer(no_args_is_help=True, help="Who may sign in at the console.", rich_markup_mode=None)

_SHORTEST = 12


@console.command()
def key(data_dir: DataDirOption = None) -> None:
    """Make a new key for the console and show it, once.

    Only a digest is kept, in the data folder of the receivers on this machine. The key before it, and every session
    begun with it, ends at once.

    Example: dialgate console key
    """
    say(renew_key(data_dir or settings_now().data_dir), style="bold")
    remark("Write it down: it is not shown again.", style=None)


@console.command("hash")
def hash_() -> None:
    """Turn a password into what stands in the configuration.

    It is asked for twice, or read from the first line of standard input.

    Example: dialgate console hash
    """
    if sys.stdin.isatty():
        secret = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        secret = sys.stdin.readline()
    secret = str(secret).strip()
    if len(secret) < _SHORTEST:
        raise CommandFailed(f"too short: {_SHORTEST} characters or more", code=MISUSED)
    say(hash_password(secret))


def renew_key(folder: Path) -> str:
    """A new key, its digest in place of the one before it. Raises CommandFailed where the folder cannot be written."""
    made = fresh_key()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_privately(folder / KEY_FILE, digest_of(made) + "\n")
    except OSError as error:
        raise CommandFailed(f"{folder / KEY_FILE} cannot be written: {error.strerror}") from None
    return made
