"""What a crash left behind is found, due calls are woken for, stopped accounts come back."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from floor import Floor
from redis import Redis

from gateway.call_queue import CallQueue
from gateway.ledger.records import Call, GrantAnswer
from gateway.ledger.terms import GrantTerms
from gateway.parts import Ringer
from workers.clock import system_now
from workers.runtime import ringer_for
from workers.sweeper import Rhythm, Sweeper, pause_after

pytestmark = pytest.mark.anyio
LEASE = timedelta(seconds=30)


@pytest.fixture
async def ringer(floor: Floor) -> AsyncIterator[Ringer]:
    """Parts as a sweeper has them."""
    async with ringer_for(floor.environment) as built:
        yield built


@pytest.fixture
def queue(valkey_url: str) -> Iterator[CallQueue]:
    """The dial queue."""
    with Redis.from_url(valkey_url) as redis:
        yield CallQueue(redis)


async def test_a_lost_wake_up_is_made_good(floor: Floor, ringer: Ringer, queue: CallQueue) -> None:
    """A due call nobody was told of is woken for."""
    call = await floor.lead("ct_1")
    swept = await Sweeper(ringer, queue).round()
    assert swept is not None
    assert (swept.due, queue.depth()) == ((call,), 1)


async def test_a_long_queue_gets_no_more(floor: Floor, ringer: Ringer, queue: CallQueue) -> None:
    """Round after round, wake-ups never pile up beyond the short queue."""
    await floor.leads(["ct_1", "ct_2"])
    sweeper = Sweeper(ringer, queue, rhythm=Rhythm(short_queue=2))
    for _ in range(5):
        await sweeper.round()
    assert queue.depth() == 2


async def test_a_lost_lease_and_a_passed_deadline(floor: Floor, ringer: Ringer, queue: CallQueue) -> None:
    """A claim nobody renews becomes due again; a dial nobody finished becomes UNKNOWN, and stays it."""
    first, second = await floor.leads(["ct_1", "ct_2"])
    now = system_now()
    claims = await floor.ledger.dials.claim("gone", limit=2, now=now, lease=LEASE)
    await _grant(floor, next(call for call in claims.calls if call.id == first), now)
    later = replace(ringer, now=lambda: now + timedelta(minutes=5))
    sweeper = Sweeper(later, queue)
    sweeper._clock_is_right = _always  # the test moves time, Redis does not
    swept = await sweeper.round()
    assert swept is not None
    assert (swept.unknown, swept.leases_lost) == ((first,), (second,))
    assert (await floor.state(first), await floor.state(second)) == ("UNKNOWN", "READY")
    again = await sweeper.round()
    assert again is not None
    assert (again.unknown, again.due) == ((), (second,))


async def test_a_wrong_clock_moves_nothing(floor: Floor, ringer: Ringer, queue: CallQueue) -> None:
    """A sweeper hours ahead would expire leads and give up on live dials."""
    await floor.lead("ct_1")
    ahead = replace(ringer, now=lambda: system_now() + timedelta(days=2))
    assert await Sweeper(ahead, queue).round() is None
    assert queue.depth() == 0


async def test_a_stopped_account_comes_back_when_it_works(floor: Floor, ringer: Ringer, queue: CallQueue) -> None:
    """While the probe fails the account stays stopped and is asked later; when it works its calls become due."""
    now, actions = system_now(), floor.ledger.actions
    await actions.stop_account("main", reason="401", now=now - timedelta(minutes=2))
    sweeper = Sweeper(ringer, queue)
    floor.faults(probe={"faults": [{"kind": "status", "status": 401}]})
    await sweeper.probe()
    (status,) = await actions.accounts()
    assert status.stopped
    assert status.probe_at is not None
    assert status.probe_at > now
    floor.faults()
    await sweeper.probe()  # not yet
    assert (await actions.accounts())[0].stopped
    sweeper = Sweeper(replace(ringer, now=lambda: now + timedelta(minutes=5)), queue)
    await sweeper.probe()  # a clock five minutes ahead: nobody is asked
    assert (await actions.accounts())[0].stopped
    sweeper._clock_is_right = _always  # the test moves time, Redis does not
    await sweeper.probe()
    assert not (await actions.accounts())[0].stopped
    assert floor.rings() == []


async def test_an_account_that_is_gone_stays_stopped(floor: Floor, ringer: Ringer, queue: CallQueue) -> None:
    """Without credentials there is nothing to ask; it does not come back by itself."""
    await floor.ledger.actions.stop_account("old", reason="402", now=system_now() - timedelta(minutes=2))
    await Sweeper(ringer, queue).probe()
    (status,) = await floor.ledger.actions.accounts()
    assert (status.stopped, status.reason) == (True, "not configured, or without a token")


async def test_two_sweepers_do_no_harm(floor: Floor, ringer: Ringer, queue: CallQueue) -> None:
    """Both sweep at once; every call is moved once."""
    calls = await floor.leads([f"ct_{number}" for number in range(10)])
    now = system_now()
    await floor.ledger.dials.claim("gone", limit=10, now=now - timedelta(minutes=2), lease=LEASE)
    rounds = await asyncio.gather(*(Sweeper(ringer, queue).round() for _ in range(4)))
    lost = [call for swept in rounds if swept is not None for call in swept.leases_lost]
    assert sorted(lost) == sorted(calls)


async def test_the_audit_says_whether_promises_hold(floor: Floor, ringer: Ringer, queue: CallQueue) -> None:
    """A sound ledger passes; a record changed behind its back is found."""
    call = await floor.lead("ct_1")
    sweeper = Sweeper(ringer, queue)
    assert await sweeper.audit() is True
    redis = floor.ledger.connection.redis
    async for key in redis.scan_iter(match=f"*{call}*"):
        if await redis.type(key) == b"hash" and await redis.hexists(key, "state"):
            await redis.hset(key, "state", "DIALING")
    assert await sweeper.audit() is False
    (alert,) = await floor.ledger.alerts.listed()
    assert (alert.kind, "one state per call" in alert.detail) == ("audit_broken", True)
    await redis.hset(f"dialgate:call:{call}", "state", "READY")
    assert await sweeper.audit() is True
    assert not await floor.ledger.alerts.listed()


async def _grant(floor: Floor, call: Call, now: datetime) -> None:
    terms = GrantTerms(contact_id="ct_1", person_keys=call.person_keys, valid_until=None)
    granted = await floor.ledger.dials.grant(call.hold(), terms, now=now, deadline=timedelta(seconds=60))
    assert granted.answer is GrantAnswer.GRANTED


async def _always() -> bool:
    return True


@pytest.mark.parametrize(("took", "pause"), [(0.1, 300.0), (15.0, 300.0), (60.0, 1140.0)])
def test_an_audit_takes_a_twentieth_of_the_time_at_most(took: float, pause: float) -> None:
    """However many calls are kept, recounting them leaves Redis to the work."""
    assert pause_after(took, least=Rhythm().audit, rest=Rhythm().audit_rest) == pause
