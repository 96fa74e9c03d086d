"""What a worker keeps on a disk of its own, for the moment Redis is gone after a ring or comes back older.

The shapes that the ringing stages use; workers/journal writes the files. Nothing here does I/O.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Protocol

from gateway.ledger.marks import Mark
from gateway.ledger.records import Hold
from gateway.ledger.rollbacks import GrantNote
from gateway.model import Outcome, record


@record
class Ending:
    """What became of one request that was let out. `retry_at` of one proved unsent."""

    hold: Hold
    outcome: Outcome
    retry_at: datetime | None


class Note(Protocol):
    """An ending that was written down. Until `settle` it is tried again and again, also after a restart."""

    async def secure(self) -> None:
        """It is on the disk itself when this returns: no power loss takes it away. A disk that fails is logged."""
        ...

    def settle(self) -> None:
        """The ledger has it."""
        ...


class Journal(Protocol):
    """The notes of one worker. A disk that fails ends no call that rings; it stops the next ones (`fault`)."""

    @property
    def mark(self) -> Mark | None:
        """How far the ledger is known to have come; None: nothing is remembered."""
        ...

    @property
    def fault(self) -> str:
        """Why nothing can be written down now, and so nobody is to be dialled; empty is good."""
        ...

    def seen(self, total: int) -> None:
        """The ledger was seen to have let out so many requests in all."""
        ...

    def granted(self, hold: Hold, mark: Mark, at: datetime) -> bool:
        """Write down that a request may go out, before it does. False: that failed, and it must not."""
        ...

    def noted(self, ending: Ending) -> AbstractContextManager[Note]:
        """Write an ending down. Left unsettled, it is handed to whoever writes it to the ledger later."""
        ...

    def forgotten(self, known: int) -> tuple[GrantNote, ...]:
        """The grants noted beyond the first `known`. Reads the disk: for a thread."""
        ...


class _Forgotten:
    async def secure(self) -> None:
        return

    def settle(self) -> None:
        return


class NoJournal:
    """Of what never rings, and of tests: nothing outlives the process."""

    @property
    def mark(self) -> Mark | None:
        """None: it cannot tell."""
        return None

    @property
    def fault(self) -> str:
        """Nothing can fail."""
        return ""

    def seen(self, total: int) -> None:
        """Forgotten."""

    def granted(self, hold: Hold, mark: Mark, at: datetime) -> bool:
        """Nothing stands in the way."""
        del hold, mark, at
        return True

    @contextmanager
    def noted(self, ending: Ending) -> Iterator[Note]:
        """Forgotten."""
        del ending
        yield _Forgotten()

    def forgotten(self, known: int) -> tuple[GrantNote, ...]:
        """None."""
        del known
        return ()


NO_JOURNAL = NoJournal()
