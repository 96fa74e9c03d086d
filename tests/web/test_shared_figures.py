"""Figures of several processes: each case in a process of its own, as they are for a whole process."""

import subprocess
import sys
from pathlib import Path

import pytest

START = """
import os, sys
from pathlib import Path
os.environ["PROMETHEUS_MULTIPROC_DIR"] = sys.argv[1]  # as the supervisor has it
from gateway.web import shared_figures
from gateway.web.metrics import Metrics
folder = Path(sys.argv[1])
"""
FULL = """
shared_figures.make_room(folder, ["0", "1"])
made = {path: path.stat().st_size for path in folder.iterdir()}
assert shared_figures.share_figures(folder, "1")
metrics = Metrics(folder)
for number in range(3000):
    metrics.deliveries.labels(f"source-{number}", "accepted").inc()
    metrics.events.labels(f"source-{number}", "MATCHED").inc()
metrics.accept_seconds.observe(1)
assert {path: path.stat().st_size for path in folder.iterdir()} == made, "nothing was made or grew later"
for path in made:
    assert path.stat().st_blocks * 512 >= path.stat().st_size, f"{path.name} has parts without a block"
"""
GONE = """
shared_figures.make_room(folder, ["0"])
assert shared_figures.share_figures(folder, "0")
metrics = Metrics(folder)
metrics.events.labels("form", "MATCHED").inc(7)
for spoil in (lambda: [path.unlink() for path in folder.iterdir()], lambda: folder.rmdir()):
    spoil()
    assert b'dialgate_events_total{source="form",state="MATCHED"} 7.0' in metrics.render(None)
"""
ALONE = """
shared_figures.make_room(folder, ["0"])
before = sorted(folder.iterdir())
assert not shared_figures.share_figures(folder, "1")
metrics = Metrics()
metrics.events.labels("form", "MATCHED").inc(7)
assert b'dialgate_events_total{source="form",state="MATCHED"} 7.0' in metrics.render(None)
assert sorted(folder.iterdir()) == before
"""


@pytest.mark.parametrize("what", [FULL, GONE, ALONE], ids=["full disk", "folder gone", "no room made"])
def test_no_disk_stops_a_process_that_counts(tmp_path: Path, what: str) -> None:
    """What must hold: all that is mapped has its blocks before anybody maps it, so that a disk which fills up later
    kills nobody; where the files are gone, or never were, a process counts, and tells, for itself."""
    folder = tmp_path / "shared"
    folder.mkdir()
    command = [sys.executable, "-c", START + what, str(folder)]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
