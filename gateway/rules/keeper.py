"""Watching the configuration's files: the rulebook in force changes only for a good one."""

from collections.abc import Callable
from pathlib import Path

from gateway.errors import ConfigInvalid
from gateway.rules.files import Stamp, stamp_of
from gateway.rules.rulebook import Rulebook


class RulebookKeeper:
    """The rulebook in force, and what is wrong with the files if they would give another."""

    def __init__(self, path: Path, load: Callable[[], Rulebook]) -> None:
        """Loads at once. Raises ConfigInvalid."""
        self._path = path
        self._load = load
        self._tried = _stamp(path)
        self._seen = self._tried
        self._current = load()
        self._problem: str | None = None

    @property
    def current(self) -> Rulebook:
        """The rulebook in force."""
        return self._current

    @property
    def problem(self) -> str | None:
        """What is wrong with the files on disk, if the rulebook in force is older than they are."""
        return self._problem

    def refresh(self) -> bool:
        """Look at the files (cheap: names, sizes, times); True when a new rulebook took over.

        A change is read only when two looks in a row find the same files, so that one still being written,
        which may well parse, does not take over for a moment. Call it every second or so.
        """
        now = _stamp(self._path)
        settled, self._seen = now == self._seen, now
        if not settled or now == self._tried:
            return False
        self._tried = now
        try:
            found = self._load()
        except ConfigInvalid as error:
            self._problem = str(error)
            return False
        self._problem = None
        changed = found.version != self._current.version
        self._current = found
        return changed


def _stamp(path: Path) -> Stamp | None:
    try:
        return stamp_of(path)
    except OSError:
        return None
