"""What a sweeper remembers of the ledger: another witness of a Redis that was set back, on another machine.

Workers' journals name the grants a Redis forgot. Where the machine of the worker that dialled is gone with its disk,
nobody else might have looked in time; sweepers look twice a second. They name no call, so everything accepted before is
held for a person instead of being dialled.
"""

from datetime import datetime

import structlog

from gateway.ledger.marks import Mark
from gateway.ledger.rollbacks import Rollback

_NAME = "sweeper"

log = structlog.stdlib.get_logger("dialgate.sweeper")


class RollbackWatch:
    """The most grants that Redis was ever seen to know of, as long as this process lives."""

    def __init__(self) -> None:
        self._most = 0

    async def look(self, rollback: Rollback, *, now: datetime) -> bool:
        """Whether Redis knew of fewer than before; then nothing rings until a person resumes `rollback`.

        Raises LedgerUnavailable.
        """
        known = await rollback.known(_NAME)
        if known.total >= self._most:
            self._most = known.total
            return False
        await rollback.quarantine(Mark(worker=_NAME, total=self._most), (), by=_NAME, now=now)
        log.error(
            "ledger.rolled_back",
            forgotten=self._most - known.total,
            advice="nothing is dialled anywhere: see docs/journal.md, then `dialgate resume rollback`",
        )
        return True
