"""Records as an earlier release wrote them: plain JSON, histories in lists of their own, empty fields, and no plan."""

import orjson
import pytest
from ledger.scenes import NOW, PLACED, Scene, at, decision, plan

from gateway.ledger.histories import timeline_of
from gateway.ledger.instants import to_ms
from gateway.ledger.packing import unseal
from gateway.ledger.stops import Stoppable
from gateway.model import CallState
from gateway.reasons import Reason

pytestmark = pytest.mark.anyio
_SEALED = (b"data", b"trace", b"verdicts")
_WERE_EMPTY = ("gate", "leader", "slots", "detail", "reason")


async def aged(scene: Scene, kind: str, name: str) -> None:
    """Write one record as it would have been before."""
    redis, key = scene.ledger.connection.redis, f"dialgate:{kind}:{name}"
    fields = await redis.hgetall(key)
    for field in _SEALED:
        if fields.get(field):
            await redis.hset(key, field.decode(), orjson.dumps(unseal(fields[field])))
    for line in timeline_of(fields[b"log"].split(b"\n"), int(fields[b"created_at"])):
        told = {"t": to_ms(line.at), "s": line.state, "b": line.by, "d": line.detail, "f": dict(line.facts)}
        await redis.rpush(f"{key}:log", orjson.dumps(told))
    await redis.hdel(key, "log", "plan", "subjects")
    empty = [field for field in _WERE_EMPTY if kind == "call" and field.encode() not in fields]
    if empty:
        await redis.hset(key, mapping=dict.fromkeys(empty, ""))


async def test_an_earlier_call_goes_its_way(scene: Scene) -> None:
    """Claimed, let out and placed as any other; its history goes on behind the lines it had."""
    call_id = await scene.add()
    await aged(scene, "call", call_id)
    hold = await scene.claim(call_id)
    await scene.grant(hold)
    await scene.ledger.dials.finish(hold, PLACED, now=at(1))
    states = [line.state for line in await scene.ledger.reads.timeline(call_id)]
    assert states == ["READY", "CLAIMED", "DIALING", "PLACED"]
    assert (await scene.call(call_id)).state is CallState.PLACED
    await scene.sound(now=at(2))


@pytest.mark.parametrize(("what", "name"), [(Stoppable.RULE, "demo"), (Stoppable.NUMBER, "east")])
async def test_an_earlier_call_is_stopped_by_rule_and_number(scene: Scene, what: Stoppable, name: str) -> None:
    """Both stand in its plan alone."""
    call_id = await scene.add()
    await aged(scene, "call", call_id)
    await scene.ledger.stops.stop(what, name, actor="ann", now=NOW)
    assert (await scene.claims(now=at(1))).calls == ()
    assert (await scene.call(call_id)).reason is Reason.STOPPED


async def test_an_earlier_event_is_read(scene: Scene) -> None:
    """With its payload, its rules' answers and its history, to which a duplicate is added."""
    event = scene.event(decision(plan()))
    await scene.ledger.intake.accept(scene.delivery(), [event], now=NOW)
    await aged(scene, "event", event.id)
    await scene.ledger.intake.accept(scene.delivery(), [event], now=NOW)
    found = await scene.ledger.reads.event(event.id)
    assert found is not None
    assert (found.event.payload, found.duplicates) == ({"n": event.id}, 1)
    assert [line.state for line in found.timeline] == ["MATCHED", "DUPLICATE"]
