"""Bursts: what a source does every day rings, what is far above it waits for a person, and nothing is lost."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger.scenes import NOW, Scene, at, decision, plan

from gateway.alerts import AlertKind
from gateway.bounds import UNBOUND, Bounds, Burst
from gateway.ledger import Ledger
from gateway.ledger.connection import Connection
from gateway.ledger.records import Transition
from gateway.model import CallState
from gateway.reasons import Reason

TEN = Bounds(burst=Burst(factor=3, minimum=10))
HOUR, DAY = 3600, 86400
READY, HELD = CallState.READY, CallState.HELD


class Leads:
    """Leads of ever new people, each of them its own delivery."""

    def __init__(self, scene: Scene, bounds: Bounds = TEN) -> None:
        self._scene, self._bounds, self._people = scene, bounds, iter(range(10**6))

    async def come(self, count: int, seconds: float, *, source: str = "site") -> list[CallState]:
        """So many leads at that instant; their first states."""
        states = []
        for _ in range(count):
            person = f"+1415{next(self._people):07}"
            made = plan(person, now=at(seconds))
            accepted = await self._scene.accept(made, now=at(seconds), source=source, bounds=self._bounds)
            states.append(await self._scene.state(accepted.call_ids[0]))
        return states


@pytest.mark.anyio
async def test_a_burst_is_held_and_a_person_is_asked(scene: Scene) -> None:
    """What must hold: above the bound new calls are HELD, other sources ring on, one alert says so."""
    leads = Leads(scene)
    assert await leads.come(25, 0) == [READY] * 10 + [HELD] * 15
    assert await leads.come(1, 0, source="other") == [READY]
    (alert,) = await scene.ledger.alerts.open()
    assert (alert.kind, alert.subject) == (AlertKind.SOURCE_BURST, "site")
    assert "25 new calls" in alert.detail
    assert "15 above 10 are held" in alert.detail
    (state,) = await scene.ledger.bursts.states(["site", "other", "never seen"], now=NOW)
    assert (state.source, state.since, state.bound, state.held) == ("site", NOW, 10, 15)
    await scene.sound()


@pytest.mark.anyio
async def test_what_a_source_does_every_day_is_no_burst(scene: Scene) -> None:
    """What must hold: the bound follows the busiest hour of the days before, today's own hours not counted."""
    leads = Leads(scene)
    assert await leads.come(10, 0) == [READY] * 10
    assert await leads.come(31, DAY) == [READY] * 30 + [HELD]
    assert (await leads.come(91, 2 * DAY)).count(READY) == 90


@pytest.mark.anyio
async def test_the_days_before_the_last_seven_are_forgotten(scene: Scene) -> None:
    """What must hold: after eight quiet days only the minimum counts."""
    leads = Leads(scene)
    await leads.come(10, 0)
    assert (await leads.come(31, 7 * DAY)).count(READY) == 30
    assert (await leads.come(31, 40 * DAY)).count(READY) == 10


@pytest.mark.anyio
async def test_once_calm_new_calls_pass(scene: Scene) -> None:
    """What must hold: while it goes on all are held; a quarter of an hour after it new ones pass, held ones wait on."""
    leads = Leads(scene)
    await leads.come(40, 0)
    assert await leads.come(5, 300) == [HELD] * 5
    assert await leads.come(2, 1500) == [READY] * 2
    held = await scene.ledger.reads.counts()
    assert held[HELD] == 35
    assert (await scene.ledger.bursts.states(["site"], now=at(1500))) == ()
    assert len(await scene.ledger.alerts.open()) == 1


@pytest.mark.anyio
async def test_a_burst_of_many_hours_stays_one(scene: Scene) -> None:
    """What must hold: what is held does not raise the bound, not even past midnight."""
    leads = Leads(scene)
    for hour in range(30):
        states = await leads.come(20, hour * HOUR / 6)
        assert states == ([READY] * 10 + [HELD] * 10 if hour == 0 else [HELD] * 20)


@pytest.mark.anyio
async def test_a_slow_stream_passes(scene: Scene) -> None:
    """What must hold: ten an hour, for two days, are never held."""
    leads = Leads(scene)
    for number in range(480):
        assert await leads.come(1, number * 360 + 0.5 * HOUR) == [READY]


@pytest.mark.anyio
async def test_a_person_says_it_is_meant(scene: Scene) -> None:
    """What must hold: lifted, everything passes until then; then the bound is back; tomorrow it counts as usual."""
    leads = Leads(scene)
    await leads.come(12, 0)
    for expected in (Transition.DONE, Transition.REPEATED):
        assert await scene.ledger.bursts.lift("site", until=at(HOUR), now=at(1)) is expected
    assert await leads.come(30, 2) == [READY] * 30
    (state,) = await scene.ledger.bursts.states(["site"], now=at(2))
    assert (state.since, state.passes_until) == (None, at(HOUR))
    assert (await leads.come(20, 3 * HOUR)).count(READY) == 10
    assert (await leads.come(80, DAY)) == [READY] * 80


@pytest.mark.anyio
async def test_joined_skipped_and_repeated_calls_do_not_count(scene: Scene) -> None:
    """What must hold: only calls that would ring are counted; the same delivery again is not another."""
    for _ in range(30):
        await scene.accept(plan("+14155550101"), bounds=TEN)
        await scene.accept(plan("+14155550102", skip=Reason.CONSENT_MISSING), bounds=TEN)
    event, delivery = scene.event(decision(plan("+14155550103"))), scene.delivery()
    for _ in range(30):
        await scene.ledger.intake.accept(delivery, [event], now=NOW, bounds=TEN)
    assert (await Leads(scene).come(10, 0)).count(READY) == 8


@pytest.mark.anyio
async def test_not_one_too_many_under_a_race(scene: Scene) -> None:
    """What must hold: of fifty senders at once exactly as many pass as the bound allows."""
    made = [plan(f"+1415555{number:04}") for number in range(50)]
    accepted = await asyncio.gather(*(scene.accept(one, bounds=TEN) for one in made))
    states = [await scene.state(one.call_ids[0]) for one in accepted]
    assert (states.count(READY), states.count(HELD)) == (10, 40)
    await scene.sound()


@pytest.mark.anyio
async def test_switched_off_nothing_is_held(scene: Scene) -> None:
    """What must hold: without bounds a thousandfold is nobody's business."""
    assert await Leads(scene, UNBOUND).come(60, 0) == [READY] * 60


@pytest.mark.anyio
async def test_its_memory_is_small(scene: Scene) -> None:
    """What must hold: weeks of calls leave one short key a source."""
    leads = Leads(scene)
    for day in range(20):
        await leads.come(3, day * DAY)
    redis, key = scene.ledger.connection.redis, scene.ledger.connection.key("burst", "site")
    assert await redis.strlen(key) < 400
    assert 7 * DAY < await redis.ttl(key) <= 8 * DAY


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 3500), st.integers(1, 8)), min_size=1, max_size=12))
def test_whatever_comes_the_bound_holds(valkey_url: str, waves: list[tuple[int, int]]) -> None:
    """What must hold: on a first day the minimum passes, and again only after a calm quarter hour; none is lost."""
    asyncio.run(_waves(valkey_url, waves))


async def _waves(url: str, waves: list[tuple[int, int]]) -> None:
    connection = Connection.open(url)
    await connection.redis.flushall()
    leads, now, passed, came = Leads(Scene(Ledger.on(connection))), 0, [], 0
    for gap, count in waves:
        now += gap
        states = await leads.come(count, now)
        came += count
        assert set(states) <= {READY, HELD}
        passed += [now] * states.count(READY)
    for start in passed:
        assert sum(start <= one < start + 55 * 60 for one in passed) <= 4 * 10
    counts = await Scene(Ledger.on(connection)).ledger.reads.counts()
    assert counts.get(READY, 0) + counts.get(HELD, 0) == came
    await connection.close()
    await asyncio.sleep(0)
