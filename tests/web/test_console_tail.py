"""One look at the ledger for all who watch."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing

import pytest
from ledger.scenes import NOW

from gateway.errors import LedgerUnavailable
from gateway.ledger import Ledger
from gateway.ledger.pulse import Pulse
from gateway.ledger.stops import Stoppable
from gateway.web.console.tail import Tail, TooMany

pytestmark = pytest.mark.anyio


class Counted(Pulse):
    """The pulse, counting its beats; away for the first few of them."""

    def __init__(self, ledger: Ledger, *, away: int = 0) -> None:
        super().__init__(ledger.connection)
        self.beats = 0
        self._away = away

    async def beat(self) -> Mapping[str, str]:
        """Count, fail, or look."""
        self.beats += 1
        if self.beats <= self._away:
            raise LedgerUnavailable("away")
        return await super().beat()


async def test_who_watches_hears_all_topics_and_then_what_moves(ledger: Ledger) -> None:
    """First everything, so that a page drawn before the stream opened is brought up to date; then only changes."""
    tail = Tail(every=0.01)
    async with aclosing(tail.watch(ledger.pulse)) as changes:
        assert set(await anext(changes)) == {"leads", "waiting", "attention", "switch"}
        await ledger.stops.stop(Stoppable.EVERYTHING, actor="anna", now=NOW)
        assert set(await anext(changes)) == {"switch"}


async def test_a_quiet_ledger_is_said_so(ledger: Ledger) -> None:
    """Without a change there is an empty answer now and then: proxies keep the connection, sessions are looked at."""
    tail = Tail(every=0.01)
    async with aclosing(tail.watch(ledger.pulse, quiet=0.05)) as changes:
        await anext(changes)
        assert await anext(changes) == {}


async def test_a_hundred_watchers_cost_what_one_costs(ledger: Ledger) -> None:
    """However many watch, one loop looks."""
    pulse, tail = Counted(ledger), Tail(every=60)
    streams = [tail.watch(pulse) for _ in range(100)]
    assert len({frozenset(heard) for heard in await asyncio.gather(*(anext(stream) for stream in streams))}) == 1
    assert pulse.beats == 1
    with pytest.raises(TooMany):
        await anext(tail.watch(pulse))
    assert tail.full
    await asyncio.gather(*(stream.aclose() for stream in streams))
    assert not tail.full


async def test_a_ledger_that_is_away_is_waited_for(ledger: Ledger) -> None:
    """The stream goes on when Redis is back."""
    tail = Tail(every=0.01)
    async with aclosing(tail.watch(Counted(ledger, away=3))) as changes:
        assert await anext(changes)


async def test_a_closed_tail_lets_everybody_go(ledger: Ledger) -> None:
    """The server stops: streams end at once, and later ones never begin."""
    tail = Tail(every=0.01)
    async with aclosing(tail.watch(ledger.pulse)) as changes:
        await anext(changes)
        tail.close()
        assert [one async for one in changes] == []
    assert [one async for one in tail.watch(ledger.pulse)] == []
