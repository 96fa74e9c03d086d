"""Figures of several processes together: prometheus_client's multiprocess mode, with a place's name for a process id.

A process that takes another's place goes on with its figures: counters never go backwards, and there are never more
files than places. The files are mapped into memory, where a disk that is full kills whoever touches a part of a file
that has no block yet. So they are written in full before anybody maps them.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import values

_SIZES = {  # bytes, by what prometheus_client calls the file of a kind of figure
    "counter": 2 * 1024 * 1024,  # some ten thousand series: those of a thousand sources
    "histogram": 64 * 1024,
    "gauge_mostrecent": 64 * 1024,
    "gauge_max": 64 * 1024,
}

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def make_room(folder: Path, names: Iterable[str]) -> None:
    """All files that processes of these names will need, with all their blocks. Raises OSError."""
    for name in names:
        for kind, size in _SIZES.items():
            _file(folder, kind, name).write_bytes(bytes(size))


def share_figures(folder: Path, name: str) -> bool:
    """From here on this process's counters and gauges are kept in the folder, under a name no other process has.

    For a whole process, before its first counter is made. False where no room was made or somebody removed it: then
    this process counts for itself.
    """
    if not all(_file(folder, kind, name).exists() for kind in _SIZES):
        os.environ.pop(_FOLDER, None)  # the supervisor's, whose environment we have
        values.ValueClass = values.MutexValue
        return False
    os.environ[_FOLDER] = str(folder)
    kept = values.MultiProcessValue(process_identifier=lambda: name)  # type: ignore[no-untyped-call]  # it has no types
    values.ValueClass = kept  # as its README says to
    return True


def _file(folder: Path, kind: str, name: str) -> Path:
    return folder / f"{kind}_{name}.db"
