"""What we print to be typed can be typed: the command by the path it was started with."""

import sys
from pathlib import Path

import pytest

from gateway.cli.typed import as_typed


@pytest.mark.parametrize(
    ("started", "printed"),
    [
        ("{here}/.venv/bin/dialgate", ".venv/bin/dialgate"),
        ("dialgate", "dialgate"),
        ("{here}/gateway/__main__.py", "python -m gateway"),
    ],
)
def test_it_is_printed_as_it_was_started(
    started: str, printed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its path from this folder, or the module it was run as."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [started.format(here=tmp_path)])
    assert as_typed() == printed


def test_on_the_path_its_name_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever folder it was started in."""
    (tmp_path / "dialgate").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["elsewhere/dialgate"])
    assert as_typed() == "dialgate"
