"""The audit finds what is broken: each kind of damage, done by hand, is named with its record."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from ledger.scenes import NOW, Scene, at, bring, plan
from redis.asyncio import Redis

from gateway.model import CallState, EventState

S = CallState
Damage = Callable[["Redis", str], Awaitable[object]]


async def _of_person(redis: "Redis", call_id: str, harm: Callable[[str], Awaitable[object]]) -> None:
    for key in (await redis.hget(f"dialgate:call:{call_id}", "people") or b"").decode().split():
        await harm(f"dialgate:person:{key}")


async def _leader_ends_quietly(redis: "Redis", call_id: str) -> None:
    leader = (await redis.hget(f"dialgate:call:{call_id}", "leader") or b"").decode()
    await redis.hset(f"dialgate:call:{leader}", mapping={"state": "CANCELLED", "rang_at": ""})


async def _also_under_another_source(redis: "Redis", call_id: str) -> None:
    await redis.sadd("dialgate:sources", "other")
    await redis.zadd("dialgate:calls:in:PLACED:other", {call_id: 1})


DAMAGES: dict[str, tuple[CallState, str, Damage]] = {
    "in two states": (S.PLACED, "one state per call", lambda r, i: r.zadd("dialgate:calls:in:READY:site", {i: 1})),
    "in no list": (S.PLACED, "an accepted call is listed", lambda r, i: r.zrem("dialgate:calls:in:PLACED:site", i)),
    "at another time": (
        S.PLACED,
        "listed by source",
        lambda r, i: r.zadd("dialgate:calls:in:PLACED:site", {i: 1}),
    ),
    "under another source": (
        S.PLACED,
        "an index holds only what belongs there",
        _also_under_another_source,
    ),
    "waits nowhere": (S.READY, "waits in one place", lambda r, i: r.zrem("dialgate:calls:due", i)),
    "waits twice": (S.READY, "waits in one place", lambda r, i: r.zadd("dialgate:calls:waiting", {i: 1})),
    "never expires": (S.READY, "what waits expires", lambda r, i: r.zrem("dialgate:calls:expiry", i)),
    "waits forever": (S.READY, "expires at its time", lambda r, i: r.zadd("dialgate:calls:expiry", {i: 9e15})),
    "counted nowhere": (
        S.READY,
        "what an index holds is listed",
        lambda r, i: r.zrem("dialgate:calls:in:READY:site", i),
    ),
    "no lease": (S.CLAIMED, "what is under way has a lease", lambda r, i: r.zrem("dialgate:calls:leases", i)),
    "another lease": (S.DIALING, "a lease is as recorded", lambda r, i: r.zadd("dialgate:calls:leases", {i: 1})),
    "rang twice": (S.PLACED, "one ring per call", lambda r, i: r.hset(f"dialgate:call:{i}", "attempts", "2")),
    "no reason": (S.SKIPPED, "every ending has a reason", lambda r, i: r.hset(f"dialgate:call:{i}", "reason", "")),
    "no end": (S.PLACED, "an ended call has its time", lambda r, i: r.hdel(f"dialgate:call:{i}", "finished_at")),
    "no leader": (S.JOINED, "a joined call has a leader", lambda r, i: r.hset(f"dialgate:call:{i}", "leader", "x")),
    "record lost": (S.PLACED, "a listed call exists", lambda r, i: r.delete(f"dialgate:call:{i}")),
    "ring forgotten": (
        S.PLACED,
        "a ring counts for its person",
        lambda r, i: _of_person(r, i, lambda key: r.delete(f"{key}:rung")),
    ),
    "leads, though over": (
        S.PLACED,
        "a person waits for a call that may ring",
        lambda r, i: _of_person(r, i, lambda key: r.set(key, i)),
    ),
    "leader gone quietly": (
        S.JOINED,
        "who joined is rung with its leader, or takes its place",
        _leader_ends_quietly,
    ),
    "due, not READY": (
        S.PLACED,
        "an index holds only what belongs there",
        lambda r, i: r.zadd("dialgate:calls:due", {i: 1}),
    ),
}


@pytest.mark.anyio
@pytest.mark.parametrize("name", list(DAMAGES))
async def test_damage_is_found(scene: Scene, name: str) -> None:
    """A broken promise is named, with the record that shows it."""
    state, promise, damage = DAMAGES[name]
    hold = await bring(scene, state)
    await scene.sound()
    await damage(scene.ledger.connection.redis, hold.call_id)
    broken = {found.name: found for found in (await scene.ledger.audit.recount(now=NOW)).broken}
    assert promise in broken
    assert hold.call_id in broken[promise].ids


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("key", "promise"),
    [
        ("event:{event}", "a delivery's events exist"),
        ("call:{call}", "an accepted call exists"),
        ("delivery:{delivery}", "a listed delivery exists"),
        ("delivery:{delivery}", "an event has its delivery"),
        ("calls:in:READY:site", "an accepted call is listed"),
        ("events:in:MATCHED:site", "a delivery's events are listed"),
        ("events:pending", "an undecided event has a next time"),
        ("sources", "a delivery's events are listed"),
    ],
)
async def test_lost_keys_are_found(scene: Scene, key: str, promise: str) -> None:
    """A record or list that vanished is noticed from those that point to it."""
    accepted = await scene.accept(plan())
    undecided = await scene.accept(state=EventState.RECEIVED)
    event = await scene.ledger.reads.event(accepted.event_id)
    assert event is not None
    name = key.format(event=accepted.event_id, call=accepted.call_ids[0], delivery=event.delivery_id)
    await scene.ledger.connection.redis.delete(f"dialgate:{name}")
    assert promise in {found.name for found in (await scene.ledger.audit.recount(now=NOW)).broken}
    assert undecided.event_id


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("index", "promise"),
    [
        ("events:in:FAILED:site", "one state per event"),
        ("events:in:MATCHED:crm", "an index holds only what belongs there"),
        ("events:in:MATCHED:site", "listed by source"),
        ("events:pending", "an undecided event has a next time"),
    ],
)
async def test_an_event_that_stands_in_a_wrong_place_is_found(scene: Scene, index: str, promise: str) -> None:
    """In another state's list, another source's, at another time than its own, or among those to be decided."""
    await scene.accept(source="crm")
    accepted = await scene.accept(plan())
    await scene.sound()
    await scene.ledger.connection.redis.zadd(f"dialgate:{index}", {accepted.event_id: 1})
    broken = {found.name: found for found in (await scene.ledger.audit.recount(now=NOW)).broken}
    assert accepted.event_id in broken[promise].ids


@pytest.mark.anyio
async def test_an_event_in_hand_for_longer_than_its_lease_is_found(scene: Scene) -> None:
    """The list of what is undecided and the record must name the same end of a lease."""
    accepted = await scene.accept(state=EventState.RECEIVED)
    redis = scene.ledger.connection.redis
    await redis.hset(f"dialgate:event:{accepted.event_id}", "lease", "1")
    await redis.zadd("dialgate:events:pending", {accepted.event_id: 9e15})
    broken = {found.name: found for found in (await scene.ledger.audit.recount(now=NOW)).broken}
    assert broken["a lease is as recorded"].ids == (accepted.event_id,)


@pytest.mark.anyio
async def test_a_call_behind_a_gate_nobody_looks_at_is_found(scene: Scene) -> None:
    """What waits behind a gate must be brought forward some day: the gate has its time."""
    call_id = await scene.add()
    redis = scene.ledger.connection.redis
    await redis.hset(f"dialgate:call:{call_id}", "gate", "R:pn")
    await redis.zrem("dialgate:calls:due", call_id)
    await redis.zadd("dialgate:gate:R:pn", {call_id: 1})
    await redis.zadd("dialgate:gates", {"R:pn": 1})
    await scene.sound()
    await redis.zrem("dialgate:gates", "R:pn")
    broken = {found.name: found for found in (await scene.ledger.audit.recount(now=NOW)).broken}
    assert broken["waits in one place"].ids == (call_id,)


@pytest.mark.anyio
async def test_an_unknown_that_waits_to_ring_is_found(scene: Scene) -> None:
    """Before it rings: a call that may have rung and would be dialled again, though nobody ordered that."""
    hold = await bring(scene, S.UNKNOWN)
    await scene.ledger.actions.resolve(hold.call_id, "redial", actor="ann", now=at(5))
    await scene.sound(now=at(5))
    await scene.ledger.connection.redis.hdel(f"dialgate:call:{hold.call_id}", "ordered")
    broken = {found.name: found for found in (await scene.ledger.audit.recount(now=at(5))).broken}
    assert broken["one ring per call"].ids == (hold.call_id,)


@pytest.mark.anyio
async def test_a_call_that_waits_too_long_is_found(scene: Scene) -> None:
    """The list of what waits and the record must name the same time."""
    call_id = await scene.add(wait=timedelta(hours=1))
    await scene.sound()
    await scene.ledger.connection.redis.zadd("dialgate:calls:waiting", {call_id: 9e15})
    broken = {found.name: found for found in (await scene.ledger.audit.recount(now=NOW)).broken}
    assert broken["waits until its time"].ids == (call_id,)


@pytest.mark.anyio
async def test_counts_in_steps(scene: Scene) -> None:
    """More records than one step reads are each counted once, also those of one millisecond."""
    await scene.accept(*(plan(f"+1415555{number:04}", ordinal=number) for number in range(450)))
    for number in range(30):
        await scene.add(f"+1415556{number:04}", now=at(number))
    audit = await scene.ledger.audit.recount(now=at(60))
    assert (audit.calls["READY"], audit.events["MATCHED"], audit.deliveries, audit.broken) == (480, 31, 31, ())
