"""What a journal is kept for: endings written late, and a ledger that was set back told what it forgot."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import structlog

from gateway.alerts import AlertKind
from gateway.cancelling import cancel
from gateway.errors import LedgerUnavailable
from gateway.failpoints import reach
from gateway.journal import Journal
from gateway.ledger import Ledger
from gateway.ledger.breakers import Breaker
from gateway.ledger.records import Transition
from gateway.ledger.rollbacks import Quarantine
from workers.journal.disk import DiskJournal, DiskNote, other_journals

log = structlog.get_logger("dialgate.journal")

_TURN_SECONDS = 0.25
_OTHERS_EVERY = 120  # turns: journals of workers that are gone are looked for twice a minute
_LONGEST_WAIT = 2.0
_OLD_NEWS = Breaker(doubts=None)  # counted, but what stops an account is something that happens now
Clock = Callable[[], datetime]


async def quarantine(ledger: Ledger, journal: Journal, *, now: Clock) -> Quarantine | None:
    """Tell the ledger which of this journal's grants it forgot; None if it forgot nothing. Raises LedgerUnavailable."""
    mark = journal.mark
    if mark is None or not mark.ahead_of(known := await ledger.rollback.known(mark.worker)):
        return None
    notes = await asyncio.to_thread(journal.forgotten, known.own)
    done = await ledger.rollback.quarantine(mark, notes, by=f"journal {mark.worker}", now=now())
    log.error(
        "ledger.rolled_back",
        forgotten=max(mark.own - known.own, mark.total - known.total),
        unknown=done.unknown,
        missing=done.missing,
        advice="nothing is dialled anywhere: see docs/journal.md, then `dialgate resume rollback`",
    )
    return done


async def replay(ledger: Ledger, journal: DiskJournal, *, now: Clock) -> int:
    """Write what is left in the journal to the ledger, the oldest first; how many. Raises LedgerUnavailable.

    A ledger that was set back is told so first: then it takes them as late proof.
    """
    left = journal.left
    if not left:
        return 0
    await quarantine(ledger, journal, now=now)
    for note in left:
        try:
            await _write(ledger, note, now())
        except LedgerUnavailable:
            raise
        except Exception:
            log.exception("journal.not_written", call=note.ending.hold.call_id)
    return len(left)


async def _write(ledger: Ledger, note: DiskNote, now: datetime) -> None:
    ending = note.ending
    reach("replay", "before")
    answer = await ledger.dials.finish(
        ending.hold, ending.outcome, now=now, retry_at=ending.retry_at, breaker=_OLD_NEWS
    )
    reach("replay", "after")
    note.settle()
    tell = log.info if answer in {Transition.DONE, Transition.REPEATED} else log.warning
    tell("journal.replayed", call=ending.hold.call_id, outcome=type(ending.outcome).__name__, answer=answer.value)


class Tender:
    """Looks after one worker's journal, and after those of workers that are gone, until it is cancelled."""

    def __init__(self, ledger: Ledger, journal: DiskJournal, *, now: Clock) -> None:
        self._ledger = ledger
        self._journal = journal
        self._now = now
        self._subject = f"{socket.gethostname()} {journal.folder}"
        self._turns = 0
        self._told: frozenset[AlertKind] | None = None  # None: alerts may be open since before this process started

    async def run(self) -> None:
        """Every quarter of a second, less often while Redis is away."""
        wait = _TURN_SECONDS
        while True:
            try:
                await self.turn()
                wait = _TURN_SECONDS
            except LedgerUnavailable:
                wait = min(wait * 2, _LONGEST_WAIT)
            except Exception:
                log.exception("journal.turn_failed")
                wait = _LONGEST_WAIT
            await asyncio.sleep(wait)

    async def turn(self) -> None:
        """Once. Raises LedgerUnavailable."""
        fault = self._journal.check()
        await self._journal.sync()
        await replay(self._ledger, self._journal, now=self._now)
        await self._tell(fault)
        if self._turns % _OTHERS_EVERY == 0:
            await self._look_at_others()
        self._turns += 1

    async def _tell(self, fault: str) -> None:
        """Raise what is new as an alert, and clear what is over."""
        pending = len(self._journal.left)
        wrong = {AlertKind.JOURNAL_FAILED: fault, AlertKind.JOURNAL_PENDING: f"{pending} outcomes" if pending else ""}
        now_told = frozenset(kind for kind, detail in wrong.items() if detail)
        for kind in wrong if self._told is None else now_told ^ self._told:
            if kind in now_told:
                await self._ledger.alerts.raise_(kind, self._subject, wrong[kind], now=self._now())
            else:
                await self._ledger.alerts.clear(kind, self._subject, now=self._now())
        self._told = now_told

    async def _look_at_others(self) -> None:
        for other in other_journals(self._journal):
            await quarantine(self._ledger, other, now=self._now)
            await replay(self._ledger, other, now=self._now)


@asynccontextmanager
async def tended(ledger: Ledger, journal: DiskJournal, *, now: Clock) -> AsyncIterator[None]:
    """The journal is looked after; in the end all of it is on the disk itself."""
    tending = asyncio.create_task(Tender(ledger, journal, now=now).run())
    try:
        yield
    finally:
        await cancel(tending)
        await journal.sync()
