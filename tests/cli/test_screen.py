"""Tables on screens of any width: what a person copies is never broken."""

from io import StringIO

import pytest
from rich.console import Console

from gateway.cli import screen

COLUMNS = ("received", "state", "rule", "id")
ROW = ("2026-11-22 16:45:51", "PLACED", "demo request", "call_e247be572478001ee40ce914b4898f05")


@pytest.mark.parametrize(
    ("width", "left_out"),
    [(240, set()), (82, set()), (79, {"rule"}), (60, {"rule", "received"})],
)
def test_a_narrow_screen_shows_fewer_columns(width: int, left_out: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit is left out in the order named, one line stays one line, and an id stays in one piece."""
    out = StringIO()
    monkeypatch.setattr(screen, "screen", lambda: Console(file=out, width=width, soft_wrap=True))
    screen.say_table(COLUMNS, [ROW, ROW], whole=("received", "state", "id"), spare=("rule", "received"))
    heading, *lines = out.getvalue().splitlines()
    assert set(COLUMNS) - set(heading.split()) == left_out
    assert [line.split()[-1] for line in lines] == [ROW[-1], ROW[-1]]
