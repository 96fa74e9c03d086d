"""The folder of a group: its own while it lives, and nobody's when it is gone."""

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.multiprocess.folder import private_folder

KILLED = (
    "import os, signal, sys; from pathlib import Path; from gateway.multiprocess.folder import private_folder\n"
    "with private_folder(Path(sys.argv[1]), 8080):\n"
    "    os.kill(os.getpid(), signal.SIGKILL)"
)


def test_two_groups_never_share_a_folder(tmp_path: Path) -> None:
    """What must hold: also for the same port, as two containers with one disk have: neither removes the other's."""
    with private_folder(tmp_path / "data", 8080) as first, private_folder(tmp_path / "data", 8080) as second:
        assert first != second
        with private_folder(tmp_path / "data", 8081):
            assert first.is_dir()
            assert second.is_dir()
    assert list((tmp_path / "data").iterdir()) == []


def test_what_a_killed_supervisor_left_goes(tmp_path: Path) -> None:
    """What must hold: the next one removes it, also what is left of it without its lock."""
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, timeout=60)
    assert [each.name.startswith("receivers-8080-") for each in tmp_path.iterdir()] == [True]
    (tmp_path / "receivers-8081-old").mkdir()
    with private_folder(tmp_path, 9090) as folder:
        assert list(tmp_path.iterdir()) == [folder]


def test_a_file_in_its_place_is_told(tmp_path: Path) -> None:
    """What must hold: a data folder that is none raises OSError, which says so."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"), private_folder(tmp_path / "file", 8080):
        pass
