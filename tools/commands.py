"""docs/commands.md, from the command itself: every command, argument and option, with its help."""

import inspect
from collections.abc import Iterator
from typing import Any

import typer

from gateway.cli.application import app

ABOUT = """`dialgate` is the one command; `python -m gateway` is the same.

| exit code | meaning |
|---|---|
| 0 | done, or yes |
| 1 | failed, refused, or the answer is no: nothing would ring, an invariant is broken, not ready, not accepted |
| 2 | the command line or the configuration is wrong |

`dialgate up` leaves its address and key in its data folder, so `send`, `calls`, `events`, `rings`, `status` and `audit`
find it without any setting. They speak to any other Dialgate by `--url` and `--key`, or `DIALGATE_PUBLIC_URL` and
`DIALGATE_API_KEY`. Answers go to stdout, complaints to stderr; `--json` prints JSON. Colours only on a terminal, and
never with `NO_COLOR`.
"""


def commands_page(note: str) -> str:
    """The page."""
    command = typer.main.get_command(app)
    context = command.make_context("dialgate", [], resilient_parsing=True)
    parts = [f"# Commands\n\n{note}{ABOUT}"]
    parts += [_section(name, each) for name, each in _walk(command, context, "dialgate")]
    return "\n".join(parts)


def _walk(group: Any, context: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield f"{prefix} {name}", command
        if hasattr(command, "list_commands"):
            yield from _walk(command, context, f"{prefix} {name}")


def _section(name: str, command: Any) -> str:
    text, _, example = inspect.cleandoc(command.help or "").partition("Example:")
    rows = "".join(_row(parameter) for parameter in command.params if parameter.name != "help")
    table = f"\n| | |\n|---|---|\n{rows}" if rows else ""
    shown = f"\n```sh\n{_one_a_line(example)}\n```\n" if example.strip() else ""
    return f"## `{name}`\n\n{_unwrapped(text)}\n{shown}{table}"


def _row(parameter: Any) -> str:
    names = ", ".join(f"`{name}`" for name in parameter.opts)
    shown = f"`{parameter.name.upper()}`" if parameter.param_type_name == "argument" else names
    default = parameter.default
    plain = isinstance(default, str | int) and not isinstance(default, bool)
    suffix = f" [default: {default}]" if plain else ""
    help_text = " ".join((parameter.help or "").split()).replace("|", "\\|")
    return f"| {shown} | {help_text}{suffix} |\n"


def _unwrapped(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))


def _one_a_line(example: str) -> str:
    return "\n".join(part.strip() for part in " ".join(example.split()).split(";"))
