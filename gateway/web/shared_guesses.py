"""What several processes of one machine remember of who guessed, in a SQLite file of the folder they share.

SQLite's lock is given back by the kernel when a process dies, and what it had not finished writing does not count.
"""

import sqlite3
from contextlib import closing, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from gateway.web.lockout import ADDRESSES, Guesser

_NAME = "guesses.sqlite"
_WAIT_SECONDS = 1.0  # for a process that holds the file: it needs some microseconds, unless it is being stopped
_TABLES = """
CREATE TABLE guessers (network TEXT PRIMARY KEY, tries INTEGER NOT NULL, last REAL NOT NULL, until REAL NOT NULL);
CREATE INDEX by_age ON guessers (last);
CREATE TABLE rush (began REAL NOT NULL, wrong INTEGER NOT NULL);
INSERT INTO rush VALUES (0, 0);
"""
_FORGET = """DELETE FROM guessers WHERE network IN
(SELECT network FROM guessers ORDER BY last LIMIT max(0, (SELECT count(*) FROM guessers) - ?))"""
_RUSH = """UPDATE rush SET
wrong = iif(? - began > ?, 1, wrong + 1), began = iif(? - began > ?, ?, began)"""


def create_guesses(folder: Path) -> None:
    """An empty file for processes to share. Raises OSError."""
    try:
        with closing(_opened(folder, "rwc")) as file:
            file.executescript(_TABLES)
    except sqlite3.Error as error:
        raise OSError(0, str(error)) from None


class SharedGuesses:
    """The file. What is done between `begin` and `end` counts as a whole, and nobody else has the file meanwhile.

    `begin` and `end` raise OSError; after one of `end`, what was known before is what counts.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fault = ""

    @cached_property
    def _file(self) -> sqlite3.Connection:
        """Opened when first needed, and tried again then: a full disk may keep us from it for a while."""
        return _opened(self._folder, "rw")

    def begin(self) -> None:
        """Have it alone."""
        self._fault = ""
        try:
            self._file.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise OSError(0, str(error)) from None

    def end(self) -> None:
        """Let others have it."""
        if not self._fault:
            self._asked("COMMIT")
        if self._fault:
            with suppress(sqlite3.Error):
                self._file.execute("ROLLBACK")
            raise OSError(0, self._fault)

    def find(self, network: str) -> Guesser | None:
        """What is known of a network."""
        rows = self._asked("SELECT tries, last, until FROM guessers WHERE network = ?", network)
        return Guesser(tries=rows[0][0], last=rows[0][1], until=rows[0][2]) if rows else None

    def keep(self, network: str, guesser: Guesser) -> None:
        """Remember it, and forget the one that guessed longest ago when there are too many."""
        row = (network, guesser.tries, guesser.last, guesser.until)
        self._asked("INSERT OR REPLACE INTO guessers VALUES (?, ?, ?, ?)", *row)
        self._asked(_FORGET, ADDRESSES)

    def drop(self, network: str) -> None:
        """Forget it."""
        if self.find(network) is not None:  # reading takes no part in what is written, and most have nothing here
            self._asked("DELETE FROM guessers WHERE network = ?", network)

    def clear(self) -> None:
        """Forget everybody."""
        self._asked("DELETE FROM guessers")
        self._asked("UPDATE rush SET began = 0, wrong = 0")

    def rush(self, now: float, *, window: float) -> int:
        """Count one more wrong key of anybody's; how many there were in this window."""
        self._asked(_RUSH, now, window, now, window, now)
        counted = self._asked("SELECT wrong FROM rush")
        return int(counted[0][0]) if counted else 0

    def close(self) -> None:
        """Give it up."""
        self._file.close()

    def _asked(self, command: str, *values: Any) -> list[Any]:
        try:
            return self._file.execute(command, values).fetchall()
        except sqlite3.Error as error:
            self._fault = self._fault or str(error)
            return []


def _opened(folder: Path, mode: str) -> sqlite3.Connection:
    address = f"{(folder / _NAME).absolute().as_uri()}?mode={mode}"
    file = sqlite3.connect(address, uri=True, timeout=_WAIT_SECONDS, isolation_level=None)
    try:
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = OFF")  # it is gone with the processes anyway
    except sqlite3.Error:
        file.close()
        raise
    return file
