"""A journal is looked after as long as its worker lives, and not longer."""

import asyncio
from pathlib import Path

import pytest

from gateway.ledger import Ledger
from workers.clock import system_now
from workers.journal.disk import DiskJournal
from workers.journal.tending import tended

pytestmark = pytest.mark.anyio


class Busy(DiskJournal):
    """A disk that is busy when its worker ends, below a library that misses one cancellation."""

    missed = False

    async def sync(self) -> None:
        """Never done, until it is cancelled; and that is not passed on."""
        if self.missed:
            return
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.missed = True


@pytest.mark.timeout(20)
async def test_it_ends_though_a_cancellation_was_missed(ledger: Ledger, tmp_path: Path) -> None:
    """A worker that has ended its rings ends: on Python 3.11 a command being sent to Redis may miss it."""
    journal = Busy(tmp_path / "journal" / "0")
    async with tended(ledger, journal, now=system_now):
        await asyncio.sleep(0)
    assert journal.missed
    journal.close()
