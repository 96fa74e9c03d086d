"""Figures of several processes together: prometheus_client's multiprocess mode, with a place's name for a process id.

A process that takes another's place goes on with its figures: counters never go backwards, and there are never more
files than places.
"""

import os
from pathlib import Path

from prometheus_client import values


def share_figures(folder: Path, name: str) -> None:
    """From here on this process's counters and gauges are kept in the folder, under a name no other process has.

    For a whole process, before its first counter is made.
    """
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    kept = values.MultiProcessValue(process_identifier=lambda: name)  # type: ignore[no-untyped-call]  # it has no types
    values.ValueClass = kept  # as its README says to
