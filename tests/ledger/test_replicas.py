"""What somebody acts upon counts once replicas have it; one question to them answers for all who wait."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ledger.scenes import NOW, Scene, at, bring
from redis.asyncio import Redis

from gateway.embedded import EmbeddedValkey
from gateway.errors import LedgerUnavailable
from gateway.ledger import Ledger
from gateway.ledger.connection import Connection
from gateway.ledger.records import Transition
from gateway.ledger.replicas import ACTED_UPON, Replicas
from gateway.ledger.scripts import load_scripts
from gateway.ledger.stops import Stoppable
from gateway.model import CallState
from gateway.subjects import Subject

S = CallState
WHOM = Subject(kind="phone", value="+14155550199")
Order = Callable[[Ledger, str], Awaitable[object]]

ORDERS: dict[str, tuple[CallState, Order]] = {
    "call off": (S.READY, lambda ledger, call: ledger.actions.cancel(call, actor="ann", now=at(5))),
    "let a held call ring": (S.HELD, lambda ledger, call: ledger.actions.release(call, actor="ann", now=at(5))),
    "say what became of it": (
        S.UNKNOWN,
        lambda ledger, call: ledger.actions.resolve(call, "close", actor="ann", now=at(5)),
    ),
    "stop": (S.READY, lambda ledger, _: ledger.stops.stop(Stoppable.EVERYTHING, actor="ann", now=at(5))),
    "never call somebody": (
        S.READY,
        lambda ledger, _: ledger.do_not_call.add([WHOM], by="ann", source="api", now=at(5)),
    ),
    "stop an account": (
        S.READY,
        lambda ledger, _: ledger.actions.stop_account("main", reason="token", now=at(5)),
    ),
    "resume": (S.READY, lambda ledger, _: ledger.stops.resume(Stoppable.EVERYTHING, actor="ann", now=at(5))),
    "resume an account": (S.READY, lambda ledger, _: ledger.actions.resume_account("main", actor="ann", now=at(5))),
}


@pytest.fixture
async def strict(valkey_url: str) -> AsyncIterator[Ledger]:
    """The same ledger, by a process that asks for a replica; there is none."""
    connection = Connection.open(valkey_url, replicas=1)
    connection._replicas = Replicas(connection.redis, wanted=1, key="mark", patience_ms=20)
    yield Ledger.on(connection)
    await connection.close()


@pytest.fixture
def lone() -> Iterator[EmbeddedValkey]:
    """A server of this test's own, to be made a primary anew."""
    folder = Path(tempfile.mkdtemp(prefix="dgr"))
    with EmbeddedValkey(folder) as server:
        yield server
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.anyio
@pytest.mark.parametrize("name", list(ORDERS))
async def test_an_order_counts_once_replicas_have_it(scene: Scene, strict: Ledger, name: str) -> None:
    """A failover that forgot it would undo what a person was told was done: that is not said before."""
    state, order = ORDERS[name]
    hold = await bring(scene, state)
    with pytest.raises(LedgerUnavailable, match="0 of 1 replicas"):
        await order(strict, hold.call_id)


@pytest.mark.anyio
async def test_an_order_that_was_not_confirmed_is_in_force(scene: Scene, strict: Ledger) -> None:
    """Not knowing whether a replica has it is no reason to let it ring: the repeat finds it done."""
    call_id = await scene.add()
    with pytest.raises(LedgerUnavailable):
        await strict.actions.cancel(call_id, actor="ann", now=NOW)
    assert await scene.ledger.actions.cancel(call_id, actor="ann", now=NOW) is Transition.REPEATED


@pytest.mark.anyio
async def test_what_is_made_again_anyway_waits_for_nobody(scene: Scene, strict: Ledger) -> None:
    """A claim that a failover forgot is claimed again: it costs no look at the replica."""
    await scene.add()
    claims = await strict.dials.claim("w1", limit=1, now=NOW, lease=at(30) - NOW)
    assert len(claims.calls) == 1


def test_only_scripts_that_are_there_are_waited_for() -> None:
    """A name that is mistyped would be waited for never."""
    assert set(load_scripts()) >= ACTED_UPON


@pytest.mark.anyio
async def test_those_who_wait_share_one_question(valkey_url: str) -> None:
    """A hundred writes at once are confirmed by two questions: the one under way, and one for all that came since."""
    redis = Redis.from_url(valkey_url)
    replicas = Replicas(redis, wanted=0, key="mark")
    await redis.config_resetstat()
    assert all(await asyncio.gather(*(replicas.confirm(None) for _ in range(100))))
    stats: Any = await redis.info("commandstats")
    assert stats["cmdstat_wait"]["calls"] <= 2
    await redis.aclose()


@pytest.mark.anyio
async def test_another_primary_is_noticed_by_all_who_wrote_to_the_one_before(lone: EmbeddedValkey) -> None:
    """A server that has become the primary confirms nothing of before, whoever asks first; it confirms its own."""
    redis = Redis.from_url(lone.url)
    replicas = Replicas(redis, wanted=0, key="mark")
    assert await replicas.confirm(None)
    before = replicas.history
    await redis.replicaof("127.0.0.1", "1")
    await redis.replicaof("NO", "ONE")
    assert [await replicas.confirm(before), await replicas.confirm(before)] == [False, False]
    assert await replicas.confirm(replicas.history)
    await redis.aclose()


class Moved:
    """Confirms nothing at first: the primary that had the write is gone, and with it the write."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self.asked = 0
        self.history = "before"

    async def confirm(self, since: str | None) -> bool:
        """Whether it is still the same primary."""
        del since
        self.asked += 1
        if self.asked == 1:
            await self._redis.flushall()
        return self.asked > 1


@pytest.mark.anyio
async def test_what_a_failover_took_meanwhile_is_written_again(ledger: Ledger) -> None:
    """Whoever is told that it counts can rely on it: the entry is on the server that is the primary now."""
    connection = ledger.connection
    moved: Any = Moved(connection.redis)
    connection._replicas = moved
    await ledger.do_not_call.add([WHOM], by="ann", source="api", now=NOW)
    assert (moved.asked, len(await ledger.do_not_call.find([WHOM]))) == (2, 1)
