"""The loop rings what is due, and only that; what goes wrong is left to the ledger."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from floor import Floor
from waiting import soon

from gateway.errors import LedgerUnavailable
from gateway.ledger.records import Claims
from gateway.ledger.timekeeping import Timekeeper
from gateway.parts import Ringer
from workers.clock import system_now
from workers.dialing import DialingLoop, Pacing
from workers.runtime import ringer_for

pytestmark = pytest.mark.anyio
NEVER_POLL = Pacing(poll=3600, clock_wait=0.2)


@asynccontextmanager
async def running(
    ringer: Ringer, *, concurrency: int = 8, pacing: Pacing = NEVER_POLL, blocked: str = ""
) -> AsyncIterator[DialingLoop]:
    """A loop at work; stopped and drained in the end."""
    loop = DialingLoop(ringer, owner="w1", concurrency=concurrency, pacing=pacing)
    loop.block(blocked)
    task = asyncio.create_task(loop.run(grace=10))
    await asyncio.sleep(0)
    yield loop
    loop.stop()
    await task


async def rang(floor: Floor, count: int) -> list[str]:
    """Wait for so many rings; who was rung."""

    async def enough() -> list[str]:
        heard = await asyncio.to_thread(floor.rings)
        return heard if len(heard) >= count else []

    return await soon(enough, message=f"{count} rings")


async def test_a_backlog_drains_without_further_wake_ups(floor: Floor) -> None:
    """More calls than slots: each rings once, though nobody says that there is more."""
    await floor.leads([f"ct_{number}" for number in range(40)])
    async with ringer_for(floor.environment) as ringer, running(ringer, concurrency=8) as loop:
        heard = await rang(floor, 40)
        assert loop.ringing <= 8
    assert sorted(heard) == sorted(f"ct_{number}" for number in range(40))


async def test_a_wake_up_ends_the_wait(floor: Floor) -> None:
    """The loop sleeps while nothing is due, and rings at once when told."""
    async with ringer_for(floor.environment) as ringer, running(ringer) as loop:
        await soon(lambda: _quiet(loop))
        call = await floor.lead("ct_1")
        await asyncio.to_thread(loop.take, 5.0)
        await rang(floor, 1)
    assert await floor.state(call) == "PLACED"


async def test_without_any_wake_up_the_poll_finds_it(floor: Floor) -> None:
    """RQ may be broken altogether."""
    pacing = Pacing(poll=0.05)
    async with ringer_for(floor.environment) as ringer, running(ringer, pacing=pacing) as loop:
        await soon(lambda: _quiet(loop))
        await floor.lead("ct_1")
        assert await rang(floor, 1) == ["ct_1"]


async def test_a_full_loop_holds_wake_ups_back(floor: Floor) -> None:
    """With every slot busy `take` waits as long as told, and says that there was no room."""
    floor.faults(calls={"latency_ms": 600})
    await floor.leads(["ct_1", "ct_2"])
    async with ringer_for(floor.environment) as ringer, running(ringer, concurrency=1) as loop:
        await rang(floor, 1)
        assert await asyncio.to_thread(loop.take, 0.05) is False
        await rang(floor, 2)
    assert await asyncio.to_thread(loop.take, 0.05) is True  # a stopped loop holds nobody up


async def test_stopping_lets_rings_end_and_claims_nothing(floor: Floor) -> None:
    """Drain: what rings is finished, what waits stays READY for others."""
    floor.faults(calls={"latency_ms": 300})
    first = await floor.lead("ct_1")
    async with ringer_for(floor.environment) as ringer, running(ringer) as loop:
        await rang(floor, 1)
        loop.stop()
        second = await floor.lead("ct_2")
    assert await floor.state(first) == "PLACED"
    assert await floor.state(second) == "READY"
    assert floor.rings() == ["ct_1"]


async def test_a_ring_cut_off_is_unknown_at_once(floor: Floor) -> None:
    """Past the grace a request under way is broken off, and its honest outcome written: never rung again."""
    floor.faults(calls={"faults": [{"kind": "stall"}]})
    call = await floor.lead("ct_1")
    async with ringer_for(floor.environment) as ringer:
        loop = DialingLoop(ringer, owner="w1", concurrency=1, pacing=NEVER_POLL)
        task = asyncio.create_task(loop.run(grace=0.05))
        await rang(floor, 1)
        loop.stop()
        await task
    assert await floor.state(call) == "UNKNOWN"


@pytest.mark.parametrize("ahead", [timedelta(seconds=3), timedelta(seconds=-3), timedelta(hours=25)])
async def test_a_wrong_clock_touches_nothing(floor: Floor, ahead: timedelta) -> None:
    """Whatever is due stays due for the workers whose clock is right: not rung, not moved, not expired."""
    call = await floor.lead("ct_1", received=system_now() - timedelta(seconds=10))
    async with ringer_for(floor.environment) as right:
        ringer = replace(right, now=lambda: system_now() + ahead)
        loop = DialingLoop(ringer, owner="w1", concurrency=8, pacing=NEVER_POLL)
        assert await loop.run_once(limit=8) == 0
    assert await floor.state(call) == "READY"
    assert [line.state for line in await floor.ledger.reads.timeline(call)] == ["READY"]
    assert floor.rings() == []
    assert [alert.kind for alert in await floor.ledger.alerts.open()] == ["clock_wrong"]


async def test_a_slow_answer_is_no_wrong_clock(floor: Floor) -> None:
    """A claim that was refused because its way took long is asked again at once, and the call rings."""
    await floor.lead("ct_1", received=system_now() - timedelta(seconds=10))
    async with ringer_for(floor.environment) as right:
        readings = iter([timedelta(seconds=-3)])  # as if the claim had been three seconds on its way
        ringer = replace(right, now=lambda: system_now() + next(readings, timedelta(0)))
        async with running(ringer):
            assert await rang(floor, 1) == ["ct_1"]


async def test_what_was_claimed_rings_though_the_clock_could_not_be_told(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An alert that Redis does not take must leave no call to its lease."""

    async def untold(*_: object) -> None:
        raise LedgerUnavailable("gone")

    monkeypatch.setattr(Timekeeper, "note", untold)
    await floor.lead("ct_1")
    async with ringer_for(floor.environment) as ringer, running(ringer):
        assert await rang(floor, 1) == ["ct_1"]


async def test_a_crash_in_one_ring_stops_nothing(floor: Floor) -> None:
    """The call is left to its lease, the others ring."""
    await floor.leads(["ct_1", "ct_2", "ct_3"])
    async with ringer_for(floor.environment) as right:
        crashing = replace(right, dialer=_Crashing(right.dialer, "ct_2"))
        # Telling of it at length takes seconds on a busy machine: what is too late to be sent is tried again.
        async with running(crashing, pacing=Pacing(poll=0.2)):
            assert sorted(await rang(floor, 2)) == ["ct_1", "ct_3"]
    audit = await floor.ledger.audit.recount(now=datetime.now(UTC))
    assert (audit.calls["PLACED"], audit.calls["DIALING"], audit.broken) == (2, 1, ())


async def test_an_outage_of_redis_is_waited_out(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Claims that fail are tried again, and the loop never ends by itself."""
    call = await floor.lead("ct_1")
    async with ringer_for(floor.environment) as ringer:
        claim, failures = ringer.ledger.dials.claim, iter([LedgerUnavailable("gone"), RuntimeError("odd")])

        async def failing(*arguments: str, **terms: object) -> Claims:
            for failure in failures:
                raise failure
            return await claim(*arguments, **terms)

        monkeypatch.setattr(type(ringer.ledger.dials), "claim", lambda _, *a, **k: failing(*a, **k))
        async with running(ringer, pacing=Pacing(retry_first=0.01)):
            await rang(floor, 1)
    assert await floor.state(call) == "PLACED"


async def test_a_blocked_loop_claims_nothing(floor: Floor) -> None:
    """A configuration that must not ring anybody stops claims until it is corrected."""
    call, pacing = await floor.lead("ct_1"), Pacing(poll=0.02)
    async with ringer_for(floor.environment) as ringer, running(ringer, pacing=pacing, blocked="a secret") as loop:
        await asyncio.to_thread(loop.take, 1.0)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(rang(floor, 1), 0.2)
        assert await floor.state(call) == "READY"
        loop.block("")
        await rang(floor, 1)


async def test_a_long_resolve_keeps_its_claim(floor: Floor) -> None:
    """Leases are renewed while a ring takes long: nobody else gets the call."""
    floor.faults(calls={"latency_ms": 700})
    call = await floor.lead("ct_1")
    async with ringer_for(floor.environment) as right:
        ringer = replace(right, timing=replace(right.timing, lease=timedelta(seconds=0.3)))
        async with running(ringer):
            await rang(floor, 1)
    assert await floor.state(call) == "PLACED"
    assert floor.rings() == ["ct_1"]


async def _quiet(loop: DialingLoop) -> bool:
    return loop.ringing == 0


class _Crashing:
    """The real dialer, but for one contact the process's own code fails."""

    def __init__(self, dialer: object, contact: str) -> None:
        self._dialer, self._contact = dialer, contact

    def __getattr__(self, name: str) -> object:
        return getattr(self._dialer, name)

    async def dial(self, order: object, credentials: object) -> object:
        if getattr(order, "contact_id", None) == self._contact:
            raise RuntimeError("a bug")
        return await self._dialer.dial(order, credentials)
