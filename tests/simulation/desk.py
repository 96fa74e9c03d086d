"""The people of the simulated week who look after Dialgate: they stop it, resume it and decide what is held."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from simulation.arrivals import IMPORT_AT, START, WEEK

from gateway.ledger import Ledger
from gateway.ledger.records import Call, CallFilter
from gateway.ledger.stops import Stoppable
from gateway.model import CallState
from gateway.reasons import Reason

STOPPED = (START + timedelta(days=1, hours=17), START + timedelta(days=1, hours=18))
DECIDED_AT = IMPORT_AT + timedelta(hours=1)
_MOVING = (CallState.READY, CallState.HELD, CallState.CLAIMED, CallState.DIALING)
_EVERY_DAY = tuple(START + timedelta(days=day, hours=hour) for day in range(WEEK.days) for hour in (14, 19))
_LATER = START + timedelta(days=365)
CANCELLED_EACH = 5


class Desk:
    """Orders at their times. `act` carries out what is due by now; `decided` counts held calls by reason and order."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.decided: Counter[tuple[str, str]] = Counter()
        self._orders = sorted([*STOPPED, DECIDED_AT, *_EVERY_DAY])

    @property
    def next_order(self) -> datetime:
        """When somebody acts next."""
        return self._orders[0] if self._orders else _LATER

    async def act(self, now: datetime) -> None:
        """Everything whose time has come."""
        while self._orders and self._orders[0] <= now:
            await self._carry_out(self._orders.pop(0), now)

    async def nothing_waits(self) -> bool:
        """Whether no call may ring any more by itself."""
        counts = await self._ledger.reads.counts()
        return not any(counts.get(state, 0) for state in _MOVING)

    async def _carry_out(self, order: datetime, now: datetime) -> None:
        if order == STOPPED[0]:
            await self._ledger.stops.stop(Stoppable.EVERYTHING, actor="desk", reason="lunch", now=now)
        elif order == STOPPED[1]:
            await self._ledger.stops.resume(Stoppable.EVERYTHING, actor="desk", now=now)
        else:
            await self._decide_held(now)

    async def _decide_held(self, now: datetime) -> None:
        """What a ceiling held may ring; of a held burst every fifth is cancelled. Nobody guesses zones."""
        for number, call in enumerate(await self._held()):
            if call.reason is Reason.SOURCE_CEILING or number % CANCELLED_EACH:
                order = "released"
                await self._ledger.actions.release(call.id, actor="desk", now=now)
            else:
                order = "cancelled"
                await self._ledger.actions.cancel(call.id, actor="desk", now=now)
            self.decided[call.reason or "", order] += 1

    async def _held(self) -> Sequence[Call]:
        found: list[Call] = []
        cursor: str | None = None
        while True:
            page, cursor = await self._ledger.reads.calls(CallFilter(state=CallState.HELD), limit=200, cursor=cursor)
            found += page
            if cursor is None:
                return found
