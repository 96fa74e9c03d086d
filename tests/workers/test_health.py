"""A part that turns is healthy; one that hangs, or never started, is not."""

import os
import time
from pathlib import Path

import pytest

from gateway.settings import read_settings
from workers.health import STALE_SECONDS, beat, main


def on_disk(folder: Path) -> float:
    """The time now by the clock that dates files: the machine's, also where the tests are given another."""
    probe = folder / "probe"
    probe.touch()
    return probe.stat().st_mtime


@pytest.mark.parametrize("part", ["work", "sweep"])
def test_a_part_that_just_turned_is_healthy(tmp_path: Path, part: str) -> None:
    """A beat makes the check pass, in a data folder that did not exist before."""
    environ = {"DIALGATE_DATA_DIR": str(tmp_path / "data")}
    beat(read_settings(environ), part)
    assert main([part], environ, now=on_disk(tmp_path)) == 0


def test_a_part_that_hangs_is_ill(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Past the limit the check fails and says for how long."""
    environ = {"DIALGATE_DATA_DIR": str(tmp_path)}
    beat(read_settings(environ), "work")
    assert main(["work"], environ, now=on_disk(tmp_path) + STALE_SECONDS + 5) == 1
    assert "work has not turned for 3" in capsys.readouterr().err


def test_a_part_that_never_turned_is_ill(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One part's beat does not speak for the other."""
    environ = {"DIALGATE_DATA_DIR": str(tmp_path)}
    beat(read_settings(environ), "work")
    assert main(["sweep"], environ, now=time.time()) == 1
    assert "sweep never turned" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    """The beat is lost and the check turns red; no exception reaches the loop that dials."""
    file = tmp_path / "a-file"
    file.touch()
    settings = read_settings({"DIALGATE_DATA_DIR": str(file)})
    beat(settings, "work")
    assert main(["work"], {"DIALGATE_DATA_DIR": str(file)}, now=time.time()) == 1


@pytest.mark.parametrize("arguments", [[], ["serve"], ["work", "sweep"]])
def test_a_wrong_question_is_not_an_illness(arguments: list[str]) -> None:
    """Usage errors have an exit code of their own, and so has an environment that cannot be read."""
    assert main(arguments, os.environ, now=0.0) == 2


def test_an_unknown_setting_is_not_an_illness(capsys: pytest.CaptureFixture[str]) -> None:
    """The environment's mistake is named."""
    assert main(["work"], {"DIALGATE_NO_SUCH": "1"}, now=0.0) == 2
    assert "DIALGATE_NO_SUCH" in capsys.readouterr().err
