"""One list in parts reads as one: the same order, every place once, however it is cut into pages."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger.scenes import Scene, at, bring, decision, plan
from redis.asyncio import Redis

from gateway.ids import digest
from gateway.ledger import Ledger
from gateway.ledger.pages import Place
from gateway.ledger.records import CallFilter, EventFilter
from gateway.model import CallState, EventState

pytestmark = pytest.mark.anyio

_SOURCES = ("site", "crm", "ads")
_STATES = (CallState.READY, CallState.HELD, CallState.PLACED)
_LOWER, _TIES = "aaz09_AZchdž", 4  # characters that locales order otherwise than bytes; few scores for many ids
# What stands in which part: its id and score. The same id stands in one part only.
_LISTED = st.dictionaries(
    st.text(_LOWER, min_size=1, max_size=4),
    st.tuples(st.integers(0, _TIES), st.sampled_from(_STATES), st.sampled_from(_SOURCES)),
    max_size=60,
)


async def _filled(ledger: Ledger, listed: dict[str, tuple[int, CallState, str]]) -> None:
    redis = ledger.connection.redis
    await redis.flushdb()
    await redis.sadd("dialgate:sources", *_SOURCES)
    for name, (score, state, source) in listed.items():
        await redis.zadd(f"dialgate:calls:in:{state}:{source}", {name: score})


async def _looked(ledger: Ledger, states: Sequence[str], source: str, lowest: str, count: int) -> list[Place]:
    """Page by page, each from where the last ended."""
    found: list[Place] = []
    score: str | int = "+inf"
    name = ""
    while True:
        rows = await ledger.connection.run(
            "newest", 0, "calls", " ".join(states), source, score, name, lowest, count, ""
        )
        page = [Place(score=int(at), id=of.decode()) for of, at in zip(rows[::2], rows[1::2], strict=True)]
        found += page
        if len(page) < count:
            return found
        score, name = page[-1].score, page[-1].id


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    listed=_LISTED,
    states=st.lists(st.sampled_from(_STATES), min_size=1, unique=True),
    source=st.sampled_from(("", *_SOURCES)),
    lowest=st.integers(0, _TIES),
    count=st.integers(1, 7),
)
async def test_pages_of_parts_are_one_list(
    ledger: Ledger,
    listed: dict[str, tuple[int, CallState, str]],
    states: list[CallState],
    source: str,
    lowest: int,
    count: int,
) -> None:
    """Newest first, then by the bytes of the id from the last; nothing twice, nothing missed, whatever a page holds."""
    await _filled(ledger, listed)
    meant = [
        (score, name.encode())
        for name, (score, state, of) in listed.items()
        if score >= lowest and state in states and source in ("", of)
    ]
    found = await _looked(ledger, states, source, str(lowest), count)
    assert [(place.score, place.id.encode()) for place in found] == sorted(meant, reverse=True)


async def test_a_call_that_moves_between_two_pages_is_neither_lost_nor_doubled(scene: Scene) -> None:
    """Its place among all calls is when it came in, whatever becomes of it while somebody turns pages."""
    accepted = [await scene.accept(plan(f"+1415555{n:04}"), now=at(n)) for n in range(6)]
    ids = [one.call_ids[0] for one in accepted]
    first, cursor = await scene.ledger.reads.calls(CallFilter(), limit=3)
    for call_id in (ids[1], ids[4]):  # one already shown, one still to come
        await scene.ledger.actions.cancel(call_id, actor="ann", now=at(9))
    second, end = await scene.ledger.reads.calls(CallFilter(), limit=10, cursor=cursor)
    assert [call.id for call in (*first, *second)] == ids[::-1]
    assert end is None


async def test_lists_by_state_and_source(scene: Scene) -> None:
    """Each filter shows what it says, from all the parts it needs and no other."""
    site = await scene.accept(plan("+14155550001"), source="site", now=at(1))
    crm = await scene.accept(plan("+14155550002"), source="crm", now=at(2))
    await scene.accept(source="crm", state=EventState.IGNORED, now=at(3))
    await scene.ledger.actions.cancel(crm.call_ids[0], actor="ann", now=at(4))
    for where, meant in (
        (CallFilter(), (*crm.call_ids, *site.call_ids)),
        (CallFilter(source="crm"), crm.call_ids),
        (CallFilter(state=CallState.READY), site.call_ids),
        (CallFilter(state=CallState.READY, source="crm"), ()),
        (CallFilter(state=CallState.CANCELLED, source="crm"), crm.call_ids),
    ):
        calls, _ = await scene.ledger.reads.calls(where)
        assert tuple(call.id for call in calls) == meant, where
    ignored, _ = await scene.ledger.reads.events(EventFilter(source="crm"))
    assert [event.state for event in ignored] == [EventState.IGNORED, EventState.MATCHED]


async def test_a_source_is_forgotten_with_its_last_record(scene: Scene) -> None:
    """The parts that are looked at are bounded by what is kept: nothing of a source, no parts of it."""
    await bring(scene, CallState.PLACED)
    await scene.accept(source="crm", state=EventState.IGNORED, now=at(3))
    redis, retention = scene.ledger.connection.redis, scene.ledger.connection.retention.records
    assert await redis.smembers("dialgate:sources") == {b"site", b"crm"}
    await scene.ledger.sweeps.trim(now=at(2) + retention)
    assert await redis.smembers("dialgate:sources") == {b"crm"}
    await scene.ledger.sweeps.trim(now=at(9) + retention)
    assert (
        await redis.exists("dialgate:sources", "dialgate:calls:in:PLACED:site", "dialgate:events:in:MATCHED:site") == 0
    )


async def _as_before(redis: "Redis") -> None:
    """Lists as 0.1.0 kept them: of all, by source and by state."""
    for score, name in enumerate(await redis.lrange("dialgate:deliveries", 0, -1)):
        await redis.zadd("dialgate:deliveries:all", {name: score})
    await redis.delete("dialgate:deliveries")
    for key in [name.decode() async for name in redis.scan_iter("dialgate:*:in:*")]:
        kind, _, state, source = key.removeprefix("dialgate:").split(":")
        for name, score in await redis.zrange(key, 0, -1, withscores=True):
            for index in ("all", f"source:{source}", f"state:{state}"):
                await redis.zadd(f"dialgate:{kind}:{index}", {name: score})
        await redis.delete(key)
    await redis.delete("dialgate:sources")


async def test_lists_of_an_earlier_release_become_todays(scene: Scene) -> None:
    """After a sweeper's round all is listed as ever, also what moved on before it; of the old lists none is left."""
    waits = await scene.accept(plan("+14155550001"), source="crm", now=at(1))
    for n in range(5):
        await scene.accept(plan(f"+1415556{n:04}"), now=at(2 + n))
    await bring(scene, CallState.PLACED)
    redis = scene.ledger.connection.redis
    listed = (await scene.ledger.reads.calls(CallFilter(), limit=9), await scene.ledger.reads.events(EventFilter()))
    before = await redis.lrange("dialgate:deliveries", 0, -1)
    await _as_before(redis)
    await scene.ledger.actions.cancel(waits.call_ids[0], actor="ann", now=at(9))
    await scene.ledger.sweeps.sweep(now=at(9))
    await scene.sound(now=at(9))
    again = (await scene.ledger.reads.calls(CallFilter(), limit=9), await scene.ledger.reads.events(EventFilter()))
    assert [[one.id for one in page] for page, _ in again] == [[one.id for one in page] for page, _ in listed]
    left = [
        key
        async for key in redis.scan_iter("dialgate:*")
        if key.split(b":")[2:3] in ([b"all"], [b"source"], [b"state"])
    ]
    assert left == []
    assert await redis.lrange("dialgate:deliveries", 0, -1) == before


async def test_an_audit_misses_no_delivery_though_old_ones_go(scene: Scene) -> None:
    """Deliveries keep their numbers while the oldest are removed between two steps: what stays is looked at once."""
    for n in range(7):
        await scene.accept(now=at(n))
    connection = scene.ledger.connection
    (_, taken), seen, place = (await connection.redis.lrange("dialgate:deliveries", 0, 1), 0, ("-inf", ""))
    for step in range(3):
        answer = await connection.run("audit_deliveries", 0, *place, "+inf", 2, 0)
        place, counts = (answer[0].decode(), answer[1].decode()), answer[2]
        seen += int(counts[1])
        if step == 0:
            assert place[1] == taken.decode()
            await scene.ledger.sweeps.trim(now=at(4) + connection.retention.records)  # those of four seconds
    assert (seen, place) == (2 + 3, ("", ""))
    await scene.sound(now=at(4) + connection.retention.records)


async def test_an_earlier_releases_dedupe_key_still_counts(scene: Scene) -> None:
    """The sender repeats after the upgrade what came in before it: that is the same event."""
    event = replace(scene.event(decision(plan())), dedupe_key=digest("lead", "1"))
    await scene.ledger.intake.accept(scene.delivery(), [event], now=at(0))
    redis = scene.ledger.connection.redis
    (name,) = [key async for key in redis.scan_iter("dialgate:dedupe:*")]
    assert name.decode().endswith(f":{event.dedupe_key[:32]}")
    await redis.rename(name, f"dialgate:dedupe:{event.dedupe_key}")
    again = replace(scene.event(decision(plan())), dedupe_key=event.dedupe_key)
    (answer,) = await scene.ledger.intake.accept(scene.delivery(), [again], now=at(1))
    assert (answer.event_id, answer.duplicate) == (event.id, True)
