"""Every command explains itself."""

from collections.abc import Iterator

import pytest
import typer
from upstairs import Dialgate

from gateway.cli.application import app


def command_lines(group: object = None, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every command with the words that name it."""
    command = group or typer.main.get_command(app)
    yield words, command
    for name, below in getattr(command, "commands", {}).items():
        yield from command_lines(below, (*words, name))


ALL = list(command_lines())
each = pytest.mark.parametrize(("words", "command"), ALL, ids=[" ".join(words) or "dialgate" for words, _ in ALL])


@each
def test_help_is_there(dialgate: Dialgate, words: tuple[str, ...], command: object) -> None:
    """`--help` and `-h` end with 0 and show usage."""
    for flag in ("--help", "-h"):
        answer = dialgate(*words, flag)
        assert (answer.code, "Usage: dialgate" in answer.out) == (0, True)


@each
def test_every_option_and_argument_has_a_help_text(words: tuple[str, ...], command: object) -> None:
    """Nobody has to guess what a flag does; no first sentence is cut off in the list of commands."""
    parameters = getattr(command, "params", [])
    assert [parameter.name for parameter in parameters if not getattr(parameter, "help", None)] == []
    short = getattr(command, "get_short_help_str", lambda limit: "")(60)
    assert not (words and short.endswith("..."))


@pytest.mark.parametrize(
    "words",
    [
        ["fly"],
        ["up", "--no-such-option"],
        ["up", "--port", "-1"],
        ["try"],
        ["send"],
        ["calls", "show"],
        ["calls", "resolve", "call_1", "perhaps"],
        ["calls", "--state", "LOST"],
        ["events", "replay"],
    ],
)
def test_a_wrong_command_line_ends_with_two(dialgate: Dialgate, words: list[str]) -> None:
    """Usage errors are told on stderr."""
    answer = dialgate(*words)
    assert (answer.code, answer.out) == (2, "")
    assert "Usage" in answer.err


def test_the_version_is_the_installed_one(dialgate: Dialgate) -> None:
    """`--version` prints it."""
    assert dialgate("--version").out.startswith("dialgate ")
