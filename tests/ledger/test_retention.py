"""Bounded by retention: bodies go first, records later, and nothing stays behind in a list."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from ledger.scenes import NOW, Scene, at, bring, plan
from redis.asyncio import Redis

from gateway.ledger import Ledger
from gateway.ledger.connection import Connection, Retention
from gateway.model import CallState
from gateway.reasons import Reason

DAY = 86400
KEPT = Retention(payload=timedelta(days=2), records=timedelta(days=10))


@pytest.fixture
async def short(valkey_url: str) -> AsyncIterator[Scene]:
    """A scene on a ledger that keeps records for ten days."""
    connection = Connection.open(valkey_url, retention=KEPT)
    yield Scene(Ledger.on(connection))
    await connection.close()


async def _keys(redis: "Redis") -> set[str]:
    return {key.decode() async for key in redis.scan_iter(count=1000)}


@pytest.mark.anyio
async def test_nothing_stays_behind(short: Scene) -> None:
    """After the retention a swept ledger holds no record and no list, but for keys that expire by themselves.

    What stays is one line for each account, and the number of grants for each journal: forgotten, the count would
    be a ledger that was set back.
    """
    redis = short.ledger.connection.redis
    for state in CallState:
        await bring(short, state)
        await short.ledger.sweeps.sweep(now=at(3 * DAY))  # whatever waited has expired
        for key in await _keys(redis):
            if ":person:" in key:
                await redis.delete(key)  # the next one rung is somebody else
    audit = await short.ledger.audit.recount(now=at(3 * DAY))
    assert {one.name for one in audit.broken} <= {"a ring counts for its person"}  # taken away above
    await short.ledger.sweeps.sweep(now=at(10 * DAY))
    assert (await short.ledger.audit.recount(now=at(10 * DAY))).deliveries > 0
    await short.ledger.sweeps.sweep(now=at(10 * DAY + 1))
    audit = await short.ledger.audit.recount(now=at(10 * DAY + 1))
    assert (audit.deliveries, sum(audit.calls.values()), sum(audit.events.values())) == (0, 0, 0)
    left = {key for key in await _keys(redis) if await redis.ttl(key) < 0}
    assert await redis.hkeys("dialgate:grants") == [b"total"]  # these scenes keep no journal
    assert {key.split(":")[1] for key in left} <= {"accounts", "account", "grants"}


@pytest.mark.anyio
async def test_bodies_go_first(short: Scene) -> None:
    """Bodies and payloads expire by themselves; the records stay and say so."""
    accepted = await short.accept(plan())
    event = await short.ledger.reads.event(accepted.event_id)
    assert event is not None
    redis = short.ledger.connection.redis
    blobs = f"dialgate:delivery:{event.delivery_id}:blobs"
    assert 2 * DAY <= await redis.ttl(blobs) <= 3 * DAY
    await redis.delete(blobs)
    without = await short.ledger.reads.event(accepted.event_id)
    delivery = await short.ledger.reads.delivery(event.delivery_id)
    assert without is not None
    assert delivery is not None
    assert (without.event.payload, delivery.body, delivery.size) == ({}, None, 7)


@pytest.mark.anyio
async def test_what_has_not_ended_stays(short: Scene) -> None:
    """A call that still waits is not removed, nor is its event, however old."""
    call_id = await short.add(life=timedelta(days=30))
    await short.ledger.sweeps.sweep(now=at(20 * DAY))
    assert await short.state(call_id) is CallState.READY
    await short.sound(now=at(20 * DAY))


@pytest.mark.anyio
async def test_history_is_bounded(scene: Scene) -> None:
    """A call deferred hundreds of times keeps the beginning and the latest of its history."""
    call_id = await scene.add(life=timedelta(days=3))
    for second in range(300):
        hold = await scene.claim(call_id, now=at(second))
        await scene.ledger.dials.defer(hold, not_before=at(second), reason=Reason.OUTSIDE_HOURS, now=at(second))
    history = await scene.ledger.reads.timeline(call_id)
    assert len(history) == 200
    assert (history[0].at, history[1].at, history[-1].at) == (NOW, NOW, at(299))


@pytest.mark.anyio
async def test_many_sources_have_their_turn(short: Scene) -> None:
    """A round looks at the lists of some sources, however many there are; round by round nothing stays of any."""
    redis = short.ledger.connection.redis
    for number in range(60):
        await short.accept(plan(f"+1415555{number:04}", skip=Reason.PHONE_INVALID), source=f"source-{number}")
    await redis.config_resetstat()
    await short.ledger.sweeps.trim(now=at(1))
    assert (await redis.info("commandstats"))["cmdstat_zrangebyscore"]["calls"] < 60 * 12 / 2
    for _ in range(1000):
        await short.ledger.sweeps.trim(now=at(10 * DAY + 1))
        if not await redis.exists("dialgate:sources"):
            break
    assert {key for key in await _keys(redis) if await redis.ttl(key) < 0} == set()
