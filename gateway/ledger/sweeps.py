"""What a crash left behind, moved on: the only transitions that happen without a worker or a person."""

from datetime import datetime

from gateway.ledger.connection import Connection
from gateway.ledger.decoding import text_list
from gateway.ledger.instants import to_ms
from gateway.ledger.records import Swept

_RELISTED, _RELISTED_STEPS = 200, 50  # of each kind in one look of a few milliseconds, and looks in one round


class Sweeps:
    """Lost leases, passed deadlines, expired leads, due calls nobody was woken for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def sweep(self, *, now: datetime, limit: int = 200) -> Swept:
        """One bounded round. Safe to run from several sweepers at once.

        At most `limit` of each kind is moved and named; the rest is for the next round. Records past their
        retention are removed too, and lists as an earlier release kept them brought into today's form.
        """
        lost, unknown, expired, due, due_total, events = await self._connection.run("sweep", to_ms(now), limit)
        await self.trim(now=now, limit=limit)
        await self._relist(now)
        return Swept(
            leases_lost=text_list(lost),
            unknown=text_list(unknown),
            expired=text_list(expired),
            due=text_list(due),
            due_total=due_total,
            events_due=text_list(events),
        )

    async def trim(self, *, now: datetime, limit: int = 200) -> int:
        """Remove up to `limit` each of deliveries, events and ended calls past their retention; how many went."""
        oldest = to_ms(now - self._connection.retention.records)
        gone: int = await self._connection.run("trim", to_ms(now), limit, oldest)
        return gone

    async def _relist(self, now: datetime) -> None:
        for _ in range(_RELISTED_STEPS):
            if not await self._connection.run("relist", to_ms(now), _RELISTED):
                break
