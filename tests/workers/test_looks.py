"""Calls that a worker has without a claim: rung once each, and never looked at in circles."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime

import pytest
from floor import Floor
from ledger.scenes import LEASE, NOW, Scene
from redis.asyncio import Redis
from waiting import soon

from gateway.contracts import CallFacts, Credentials, DialOrder, Guard
from gateway.ledger import Ledger
from gateway.ledger.records import Call
from gateway.model import Outcome, Verdict
from workers.dialing import DialingLoop, Pacing
from workers.looks import FEW, Looks
from workers.nudges import listening
from workers.runtime import ringer_for

pytestmark = pytest.mark.anyio


async def handed(ledger: Ledger, *, few: int = FEW) -> Call:
    """A call as a worker is handed it."""
    await Scene(ledger).add()
    claims = await ledger.dials.claim("w1", limit=1, now=NOW, lease=LEASE, few=few)
    return claims.calls[0]


async def test_what_is_looked_at_is_not_to_be_handed_again(ledger: Ledger) -> None:
    """As long as it is looked at, and no longer; what was claimed is the ledger's to know."""
    call, looks = await handed(ledger), Looks("w1")
    assert looks.begin(call, 0.0)
    assert looks.had == {call.id: call.fence}
    assert not looks.begin(call, 0.5)  # handed out twice, it is not begun twice
    looks.end(call, 1.0, in_vain=False)
    assert looks.had == {}
    claimed = replace(call, state="CLAIMED")
    assert looks.begin(claimed, 2.0)
    assert looks.had == {}


async def test_what_came_to_nothing_rests(ledger: Ledger) -> None:
    """The same call as it was is not begun again for a while; had it been moved on, it is begun at once."""
    call, looks = await handed(ledger), Looks("w1", rest=1.0)
    looks.begin(call, 0.0)
    looks.end(call, 0.0, in_vain=True)
    assert looks.begin(replace(call, fence=call.fence + 1), 0.5)
    looks.end(replace(call, fence=call.fence + 1), 0.5, in_vain=False)
    assert not looks.begin(call, 0.9)
    assert looks.had == {call.id: call.fence}
    looks.rested(call)
    assert (looks.had, looks.begin(call, 1.9)) == ({}, True)


async def test_an_earlier_look_ends_no_later_one(ledger: Ledger) -> None:
    """Put back and handed out again before the first look was over: it stays among what is not to be handed again."""
    call, looks = await handed(ledger), Looks("w1")
    later = replace(call, fence=call.fence + 1)
    looks.begin(call, 0.0)
    looks.begin(later, 0.0)
    looks.end(call, 0.0, in_vain=False)
    assert looks.had == {call.id: later.fence}
    looks.end(later, 0.0, in_vain=False)
    assert looks.had == {}


async def test_what_is_remembered_is_forgotten(ledger: Ledger) -> None:
    """Calls that came to nothing are kept for as long as they rest: memory does not grow."""
    call, looks = await handed(ledger), Looks("w1", rest=1.0)
    for number in range(100):
        looks.end(replace(call, id=f"call_{number}"), float(number), in_vain=True)
    looks.begin(call, 100.5)
    assert len(looks._in_vain) == 0


def test_each_request_has_a_name_of_its_own() -> None:
    """What comes late of one look never counts for the next."""
    looks = Looks("w1")
    assert len({looks.next_owner() for _ in range(1000)}) == 1000


def test_what_cannot_be_read_is_claimed_once() -> None:
    """A damaged record goes to its lease instead of being handed out in circles; then few are looked at again."""
    looks = Looks("w1")
    assert (looks.few, looks.unread(1), looks.few) == (FEW, True, 0)
    assert (looks.unread(1), looks.few) == (False, FEW)
    assert (looks.unread(0), looks.few) == (False, FEW)


def counting(judge: Callable[[CallFacts], None]) -> Guard:
    """A guard that allows everything, and tells of each look."""

    def look(facts: CallFacts, now: datetime) -> Verdict:
        del now
        judge(facts)
        return Verdict(guard="counting", allow=True)

    return Guard(name="counting", order=0, look=look)


async def test_a_call_that_cannot_be_judged_rests_between_looks(floor: Floor) -> None:
    """A guard that breaks: the call stays due, is looked at again and again but not in circles, and others ring."""
    calls = await floor.leads(["ct_1", "ct_2"])
    seen: list[str] = []

    def judge(facts: CallFacts) -> None:
        seen.append(facts.contact_id or "")
        if facts.contact_id == "ct_2":
            raise RuntimeError("a bug")

    async with ringer_for(floor.environment) as right:
        ringer = replace(right, guards=(counting(judge), *right.guards))
        loop = DialingLoop(ringer, owner="w1", concurrency=1, pacing=Pacing(poll=3600, rest=1.0))
        running = asyncio.create_task(loop.run(grace=10))
        for _ in range(100):  # as many bells as a busy minute brings
            loop.nudge()
            await floor.state(calls[0])
        seen_soon = seen.count("ct_2")

        async def looked_again() -> bool:
            return seen.count("ct_2") > seen_soon

        await soon(looked_again)
        assert await asyncio.to_thread(floor.rings) == ["ct_1"]
        loop.stop()
        await running
    assert seen_soon < 50


async def test_jobs_of_their_own_get_past_a_call_that_cannot_be_judged(floor: Floor) -> None:
    """Under a stock `rq worker` each job is a loop of its own, which remembers no look: it claims what it takes."""
    await floor.leads(["ct_1", "ct_2"])
    first: list[str] = []

    def judge(facts: CallFacts) -> None:
        first.append(facts.call_id)
        if facts.call_id == first[0]:
            raise RuntimeError("a bug")

    async with ringer_for(floor.environment) as right:
        ringer = replace(right, guards=(counting(judge), *right.guards))
        taken = [await DialingLoop(ringer, owner=f"w{job}", concurrency=1).run_once(limit=1) for job in range(3)]
    assert taken == [1, 1, 0]
    assert len(await asyncio.to_thread(floor.rings)) == 1


async def test_what_is_dialled_is_not_told_as_looked_at(floor: Floor) -> None:
    """What must hold: a slow call API does not make each question to the ledger longer by all calls under way there."""
    await floor.leads(["ct_1", "ct_2"])
    had: list[int] = []
    async with ringer_for(floor.environment) as right:

        class Watching:
            """Dials, and notes what is being looked at meanwhile."""

            async def dial(self, order: DialOrder, credentials: Credentials) -> Outcome:
                had.append(len(loop._looks.had))
                return await right.dialer.dial(order, credentials)

        loop = DialingLoop(replace(right, dialer=Watching()), owner="w1", concurrency=1)
        for _ in range(2):
            loop.nudge()
            await loop._round()
            await asyncio.wait(loop._rings)
    assert had == [0, 0]


async def test_several_workers_ring_each_call_once(floor: Floor) -> None:
    """Told at the same moment they look at the same calls; each is rung by one of them, and all are."""
    url = floor.environ["DIALGATE_REDIS_URL"]
    async with AsyncExitStack() as stack, Redis.from_url(url) as redis:
        loops = []
        for number in range(3):
            ringer = await stack.enter_async_context(ringer_for(floor.environment))
            loop = DialingLoop(ringer, owner=f"w{number}", concurrency=8, pacing=Pacing(poll=1.0))
            await stack.enter_async_context(listening(url, "dialgate:due", loop.nudge))
            loops.append((loop, asyncio.create_task(loop.run(grace=10))))

        async def all_listen() -> bool:
            return (await redis.pubsub_numsub("dialgate:due"))[0][1] == 3

        await soon(all_listen)
        contacts = [f"ct_{number}" for number in range(30)]
        calls = [await floor.lead(contact) for contact in contacts]

        async def all_placed() -> bool:
            return {await floor.state(call) for call in calls} == {"PLACED"}

        await soon(all_placed)
        for loop, _ in loops:
            loop.stop()
        for _, running in loops:
            await running
    assert sorted(floor.rings()) == sorted(contacts)
    audit = await floor.ledger.audit.recount(now=datetime.now().astimezone())
    assert audit.broken == ()
