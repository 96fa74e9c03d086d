"""What the command prints: words and tables for people, JSON for programs, colours only on a terminal."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.errors import GatewayError

FAILED = 1  # something failed, or the answer is no
MISUSED = 2  # the command line or the configuration is wrong

_GAP = 2  # blanks between two columns
_PIPE_WIDTH = 240  # nothing is cut when the output is not a terminal
_COLOURS = {
    "PLACED": "green",
    "MATCHED": "green",
    "READY": "cyan",
    "CLAIMED": "cyan",
    "DIALING": "cyan",
    "HELD": "yellow",
    "UNKNOWN": "bold red",
    "REJECTED": "red",
    "FAILED": "red",
}

T = TypeVar("T")


class CommandFailed(GatewayError):
    """The command ends here: one clear text on stderr, and this exit code."""

    def __init__(self, message: str, *, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


def screen() -> Console:
    """Where answers go: stdout as it is now, so that tests and pipes are seen."""
    return _console(sys.stdout)


def complaints() -> Console:
    """Where errors and remarks go: stderr."""
    return _console(sys.stderr)


def _console(stream: object) -> Console:
    width = None if getattr(stream, "isatty", lambda: False)() else _PIPE_WIDTH
    return Console(file=stream, width=width, highlight=False, soft_wrap=True)  # type: ignore[arg-type]  # a text stream


def say(text: str = "", *, style: str | None = None) -> None:
    """One line for a person; square brackets stay as they are."""
    screen().print(Text(text, style=style or ""))


def remark(text: str, *, style: str | None = "yellow") -> None:
    """One line on stderr, so that the answer on stdout stays clean."""
    complaints().print(Text(text, style=style or ""))


def say_json(value: object) -> None:
    """A value as JSON, for programs."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def say_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, whole: Sequence[str] = (), spare: Sequence[str] = ()
) -> None:
    """Rows under headings; states are coloured.

    `whole` are never broken, as what is copied must not be. Where the terminal is too narrow for all, the
    columns of `spare` are left out, the first named first, until the rest fits.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    widths = {
        name: max([cell_len(name), *(row[place].cell_len for row in cells)]) for place, name in enumerate(columns)
    }
    left_out: set[str] = set()
    for name in spare:
        if sum(width + _GAP for column, width in widths.items() if column not in left_out) <= screen().width:
            break
        left_out.add(name)
    table = Table(box=None, pad_edge=False, header_style="bold")
    kept = [place for place, name in enumerate(columns) if name not in left_out]
    for place in kept:
        table.add_column(columns[place], overflow="fold", no_wrap=columns[place] in whole)
    for row in cells:
        table.add_row(*(row[place] for place in kept))
    screen().print(table)


def say_facts(facts: Mapping[str, object]) -> None:
    """Name and value, one a line; what is empty is left out."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value not in (None, "", [], {}):
            table.add_row(name, _cell(value))
    screen().print(table)


def _cell(value: object) -> Text:
    text = (
        "" if value is None else value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    )
    return Text(text, style=_COLOURS.get(text, ""))
