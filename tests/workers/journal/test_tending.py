"""A journal is looked after as long as its worker lives, and not longer."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from ledger.scenes import NOW, UNCERTAIN, Scene, terms

from gateway.journal import Ending
from gateway.ledger import Ledger
from gateway.model import CallState
from workers.clock import system_now
from workers.journal.disk import DiskJournal
from workers.journal.tending import replay, tended

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


async def test_old_endings_stop_no_account(ledger: Ledger, tmp_path: Path) -> None:
    """What is written late, after Redis was away, does not stop an account for what ailed then: each is UNKNOWN."""
    journal, scene = DiskJournal(tmp_path / "journal" / "0"), Scene(ledger)
    holds = [await scene.claim(await scene.add(f"+141555501{number:02}")) for number in range(9)]
    for hold in holds:
        await ledger.dials.grant(hold, terms(), now=NOW, deadline=timedelta(seconds=60))
        with journal.noted(Ending(hold=hold, outcome=UNCERTAIN, retry_at=None)):
            pass
    assert await replay(ledger, journal, now=lambda: NOW) == len(holds)
    assert {(await scene.call(hold.call_id)).state for hold in holds} == {CallState.UNKNOWN}
    assert await ledger.actions.accounts() == ()
    journal.close()
