"""The connection: scripts found again, failures in one kind of error, repeats through a lossy line."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from ledger.lossy import LossyLine
from ledger.scenes import NOW, PLACED, Scene, at, decision, plan
from redis import Redis
from redis.exceptions import ResponseError

from gateway.embedded import EmbeddedValkey
from gateway.errors import LedgerUnavailable
from gateway.ledger import Ledger
from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.records import CallFilter, GrantAnswer, Transition
from gateway.ledger.scripts import load_scripts
from gateway.model import CallState


@pytest.fixture
def server(valkey_server: EmbeddedValkey, valkey_url: str) -> Iterator["Redis"]:
    """A direct line to the server, whose settings are put back afterwards."""
    client = Redis.from_url(valkey_url)
    yield client
    client.execute_command("REPLICAOF", "NO", "ONE")
    client.config_set("maxmemory", "0")
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("appendfsync", "always")
    client.config_set("appendonly", "yes")
    client.close()


@pytest.fixture
async def line(valkey_server: EmbeddedValkey) -> AsyncIterator[LossyLine]:
    """A TCP line to the server that can lose answers."""
    async with LossyLine(valkey_server.url.removeprefix("unix://").partition("?")[0]) as lossy:
        yield lossy


@pytest.mark.anyio
async def test_scripts_are_sent_again(scene: Scene, server: "Redis") -> None:
    """A Redis that forgot its scripts, as after a failover, gets them again without anybody noticing."""
    await scene.add()
    server.script_flush()
    assert len((await scene.claims()).calls) == 1


@pytest.mark.anyio
async def test_nobody_there(tmp_path: Path) -> None:
    """No Redis: every door says LedgerUnavailable."""
    ledger = Ledger.on(Connection.open(f"unix://{tmp_path / 'none.sock'}"))
    scene = Scene(ledger)
    doors = [
        scene.add(),
        scene.claims(),
        ledger.reads.call("x"),
        ledger.reads.calls(CallFilter(state=CallState.READY, source="x")),
        ledger.reads.counts(),
        ledger.reads.timeline("x"),
        ledger.reads.delivery("x"),
        ledger.actions.accounts(),
        ledger.actions.replay("x", decision(), again=False, dry_run=True, actor="a", now=NOW),
        ledger.sweeps.sweep(now=NOW),
        ledger.audit.recount(now=NOW),
        ledger.connection.ping(),
        ledger.connection.check_durability(),
    ]
    answers = await asyncio.gather(*doors, return_exceptions=True)
    assert [type(answer) for answer in answers] == [LedgerUnavailable] * len(doors)


@pytest.mark.anyio
async def test_full(scene: Scene, server: "Redis") -> None:
    """A full Redis refuses the whole write: nothing of it is there."""
    server.config_set("maxmemory", "1")
    with pytest.raises(LedgerUnavailable, match="OutOfMemory"):
        await scene.add()
    server.config_set("maxmemory", "0")
    assert server.dbsize() == 0


@pytest.mark.anyio
async def test_read_only(scene: Scene, server: "Redis") -> None:
    """A replica, as an old primary after a failover, takes nothing."""
    server.execute_command("REPLICAOF", "127.0.0.1", "1")
    with pytest.raises(LedgerUnavailable):
        await scene.add()


@pytest.mark.parametrize("text", ["MISCONF Errors writing to the AOF file", "NOREPLICAS Not enough", "BUSY script"])
def test_refusals_by_text(text: str) -> None:
    """Refusals that redis-py has no class for are told by their first word."""
    with pytest.raises(LedgerUnavailable), unavailable():
        raise ResponseError(text)


def test_a_fault_of_ours_stays_one() -> None:
    """A fault in a script is not mistaken for Redis being away."""
    with pytest.raises(ResponseError), unavailable():
        raise ResponseError("ERR user_script:1: bad argument")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("appendonly", "no", "append-only"),
        ("appendfsync", "everysec", "everysec"),
        ("maxmemory-policy", "allkeys-lru", "allkeys-lru"),
    ],
)
async def test_durability(ledger: Ledger, server: "Redis", setting: str, value: str, said: str) -> None:
    """What would lose data is named; a Redis set up right has nothing to say."""
    assert await ledger.connection.check_durability() == ()
    server.config_set(setting, value)
    (problem,) = await ledger.connection.check_durability()
    assert said in problem


@pytest.mark.anyio
async def test_durability_without_config(ledger: Ledger, server: "Redis") -> None:
    """Where CONFIG is forbidden, INFO tells what it can and the rest is said to be unknown."""
    server.execute_command("ACL", "SETUSER", "default", "-config")
    try:
        problems = await ledger.connection.check_durability()
    finally:
        server.execute_command("ACL", "SETUSER", "default", "+@all")
    assert len(problems) == 1
    assert "appendfsync" in problems[0]


@pytest.mark.anyio
async def test_ping(ledger: Ledger) -> None:
    """The round trip is measured in seconds."""
    assert 0 < await ledger.connection.ping() < 5


@pytest.mark.anyio
async def test_every_answer_lost_once(valkey_url: str, line: LossyLine) -> None:
    """A whole life over a line that loses each first answer: one event, one call, one attempt, one outcome."""
    connection = Connection.open(line.url)
    scene = Scene(Ledger.on(connection))
    for script in load_scripts().values():
        await connection.redis.script_load(script.source)

    line.lose_next()
    accepted = await scene.accept(plan())
    assert not accepted.duplicate
    line.lose_next()
    (call,) = (await scene.claims()).calls
    line.lose_next()
    assert await scene.ledger.dials.renew(call.hold(), now=at(1), lease=at(31) - NOW) is Transition.REPEATED
    line.lose_next()
    assert (await scene.grant(call.hold(), now=at(2))).answer is GrantAnswer.REPEATED
    line.lose_next()
    assert await scene.ledger.dials.finish(call.hold(), PLACED, now=at(3)) is Transition.REPEATED
    assert line.lost == 5
    found = await scene.call(call.id)
    assert (found.state, found.attempts, found.fence) == (CallState.PLACED, 1, 1)
    audit = await scene.ledger.audit.recount(now=at(3))
    assert (audit.deliveries, audit.events["MATCHED"], audit.calls["PLACED"], audit.broken) == (1, 1, 1, ())
    await connection.close()


@pytest.mark.anyio
async def test_scripts_are_in_the_package(ledger: Ledger) -> None:
    """Every script compiles on this server."""
    scripts = load_scripts()
    assert len(scripts) >= 20
    for name, script in scripts.items():
        sha = await ledger.connection.redis.script_load(script.source)
        assert (name, sha) == (name, script.sha)


@pytest.mark.anyio
async def test_a_cancelled_call_counts_once_replicas_have_it(scene: Scene, valkey_url: str) -> None:
    """A failover that forgot it would ring a person after somebody was told that it will not: that is not said yet."""
    call_id = await scene.add()
    strict = Connection.open(valkey_url, replicas=1)
    with pytest.raises(LedgerUnavailable, match="0 of 1 replicas"):
        await Ledger.on(strict).actions.cancel(call_id, actor="ann", now=NOW)
    await strict.close()
    assert await scene.ledger.actions.cancel(call_id, actor="ann", now=NOW) is Transition.REPEATED
