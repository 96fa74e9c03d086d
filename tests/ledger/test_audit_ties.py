"""The audit looks at what ties records together: places taken, messages to be sent, who joined whom."""

import re
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files

import pytest
from ledger.scenes import NOW, PLACED, Scene, at, bring, decision, plan, terms

from gateway.ledger.notices import NoticeState, Sent
from gateway.ledger.promises import WHAT_TO_DO
from gateway.ledger.records import BrokenInvariant
from gateway.ledger.terms import Concurrency
from gateway.model import CallState
from gateway.reasons import Reason

FLIGHT = Concurrency(key="number:east", limit=2, talk=timedelta(seconds=90))
_PROMISE = re.compile(r""",\s*('[a-z][^'\n]* [^'\n]*'|"[^"\n]+"),\s*(?:id|call_id|place)\b""")


async def broken(scene: Scene, *, seconds: float = 0) -> dict[str, BrokenInvariant]:
    """What a recount finds."""
    audit = await scene.ledger.audit.recount(now=at(seconds))
    return {found.name: found for found in audit.broken}


async def told(scene: Scene) -> str:
    """A call that has ended and whose end somebody hears of."""
    made = replace(plan(skip=Reason.PHONE_INVALID), notify=("crm SKIPPED",))
    return (await scene.accept(made)).call_ids[0]


async def in_flight(scene: Scene) -> str:
    """A call whose request is out, within a bound on those."""
    hold = await scene.claim(await scene.add())
    await scene.grant(hold, terms(concurrencies=(FLIGHT,)))
    return hold.call_id


def test_every_promise_says_what_to_do() -> None:
    """A finding nobody knows what to do about helps nobody; advice for none is forgotten advice."""
    folder = files("gateway.ledger").joinpath("lua")
    scripts = [path for path in folder.iterdir() if path.name.startswith("audit_")]
    found = {name[1:-1] for path in scripts for name in _PROMISE.findall(path.read_text(encoding="utf-8"))}
    assert found == set(WHAT_TO_DO)


@pytest.mark.anyio
async def test_a_finding_carries_its_advice(scene: Scene) -> None:
    """What the audit found, it also says what to do about."""
    call_id = await scene.add()
    await scene.ledger.connection.redis.zrem("dialgate:calls:due", call_id)
    found = (await broken(scene))["waits in one place"]
    assert (found.ids, "replay" in found.do) == ((call_id,), True)


@pytest.mark.anyio
async def test_a_place_held_by_a_call_that_has_ended_is_found(scene: Scene) -> None:
    """It would slow a number down for nothing: the call that holds it is named."""
    hold = await scene.claim(await scene.add())
    await scene.grant(hold, terms(concurrencies=(FLIGHT,)))
    await scene.ledger.dials.finish(hold, PLACED, now=NOW)
    await scene.sound()
    redis = scene.ledger.connection.redis
    await redis.hset(f"dialgate:call:{hold.call_id}", "state", "REJECTED")
    assert hold.call_id in (await broken(scene))["a place is held by who is on the line"].ids


@pytest.mark.anyio
async def test_a_place_of_an_earlier_request_is_found(scene: Scene) -> None:
    """Held under a fence that is no longer the call's: nothing gives it back before its time."""
    call_id = await in_flight(scene)
    await scene.sound()
    await scene.ledger.connection.redis.zadd("dialgate:inflight:number:east", {f"{call_id}:77": 9e15})
    assert (await broken(scene))["a place is held by who is on the line"].ids == (call_id,)


@pytest.mark.anyio
async def test_a_request_without_its_place_is_found(scene: Scene) -> None:
    """More would be let out than the bound allows."""
    call_id = await in_flight(scene)
    await scene.ledger.connection.redis.delete("dialgate:inflight:number:east")
    assert (await broken(scene))["a request in flight has its place"].ids == (call_id,)


@pytest.mark.anyio
async def test_somebody_else_among_those_who_joined_is_found(scene: Scene) -> None:
    """A leader that ends hands its place to who joined it: that must be one who did."""
    hold, other = await bring(scene, CallState.PLACED), await scene.add("+14155550123")
    await scene.ledger.connection.redis.zadd(f"dialgate:call:{hold.call_id}:joined", {other: 1})
    assert (await broken(scene))["who joined knows its leader"].ids == (hold.call_id,)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("key", "promise"),
    [
        ("call:{call}:notices", "an outcome is told"),
        ("notice:{notice}", "a listed message exists"),
        ("notices:to:crm", "a message waits for its endpoint"),
        ("notices:endpoints", "an endpoint with messages is served"),
        ("notices:state:WAITING", "one state per message"),
        ("call:{call}", "a message tells of a call"),
        ("notices:all", "what an index holds is listed"),
    ],
)
async def test_an_outbox_that_lost_something_is_found(scene: Scene, key: str, promise: str) -> None:
    """An outcome somebody asked for reaches them, or it is said that it will not."""
    call_id = await told(scene)
    await scene.sound()
    notice = f"{call_id}-1-crm"
    await scene.ledger.connection.redis.delete("dialgate:" + key.format(call=call_id, notice=notice))
    found = await broken(scene)
    assert promise in found
    assert {call_id, notice} & set(found[promise].ids)


@pytest.mark.anyio
async def test_a_message_that_waits_for_ever_is_found(scene: Scene) -> None:
    """The list of what is to be sent and the record must name the same time."""
    notice = f"{await told(scene)}-1-crm"
    await scene.ledger.connection.redis.zadd("dialgate:notices:to:crm", {notice: 9e15})
    assert (await broken(scene))["a message has its time"].ids == (notice,)


@pytest.mark.anyio
async def test_a_message_given_up_unnoticed_is_found(scene: Scene) -> None:
    """Given up and counted nowhere, no page and no alert would tell of it."""
    notice_id = f"{await told(scene)}-1-crm"
    notices = scene.ledger.notices
    (notice,) = await notices.claim("s1", limit=1, now=NOW, lease=timedelta(seconds=30), share=4, busy={})
    gone = Sent(outcome=NoticeState.FAILED, said="HTTP 410")
    await notices.finish(notice, "s1", gone, now=NOW)
    await scene.sound()
    await scene.ledger.connection.redis.hdel("dialgate:endpoint:crm", "lost")
    assert (await broken(scene))["a message given up is counted"].ids == (notice_id,)


@pytest.mark.anyio
async def test_what_was_told_long_ago_is_not_missed(scene: Scene) -> None:
    """Messages are forgotten after their time, calls are not: that is no loss."""
    call_id = await told(scene)
    await scene.ledger.connection.redis.delete(f"dialgate:call:{call_id}:notices")
    assert "an outcome is told" not in await broken(scene, seconds=8 * 86400)


@pytest.mark.anyio
async def test_a_talk_that_a_person_calls_again_into_keeps_its_place(scene: Scene) -> None:
    """Ordered again while the first talk lasts: that talk is still on the line, and nothing is broken."""
    made = plan()
    accepted = await scene.accept(made)
    hold = await scene.claim(accepted.call_ids[0])
    await scene.grant(hold, terms(concurrencies=(FLIGHT,)))
    await scene.ledger.dials.finish(hold, PLACED, now=NOW)
    again = await scene.ledger.actions.replay(
        accepted.event_id, decision(made), again=True, dry_run=False, actor="ann", now=at(5)
    )
    assert again is not None
    assert again.new == (hold.call_id,)
    await scene.sound(now=at(6))
    second = (await scene.claims(now=at(7))).calls[0].hold()
    await scene.sound(now=at(8))
    await scene.grant(second, terms(concurrencies=(FLIGHT,)), now=at(9))
    await scene.sound(now=at(10))
