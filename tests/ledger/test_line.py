"""Many callers on a few connections: each gets its own answer, and none waits for a connection."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from redis import Redis
from redis.asyncio import BlockingConnectionPool
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import NoScriptError, ResponseError

from gateway.errors import LedgerUnavailable
from gateway.ledger import Ledger
from gateway.ledger.connection import Connection
from gateway.ledger.exchanges import Exchanges, Words
from gateway.ledger.line import SharedLine
from gateway.subjects import Subject

pytestmark = pytest.mark.anyio


async def test_each_gets_its_own_answer(ledger: Ledger) -> None:
    """Hundreds at once, errors among them: nobody gets another's answer or another's error."""
    line = SharedLine(Exchanges(ledger.connection.redis).exchange)

    async def one(number: int) -> bool:
        if number % 7 == 0:
            with pytest.raises(NoScriptError):
                await line.send("EVALSHA", "0" * 40, 0)
            return True
        if number % 11 == 0:
            with pytest.raises(ResponseError, match=f"no {number}"):
                await line.send("EVAL", f"return redis.error_reply('ERR no {number}')", 0)
            return True
        return bool(await line.send("ECHO", f"{number}") == f"{number}".encode())

    assert all(await asyncio.gather(*(one(number) for number in range(500))))


async def test_they_share_writes(valkey_url: str) -> None:
    """Five hundred that are ready together come over no more connections than there are lines."""
    connection = Connection.open(valkey_url)
    before = Redis.from_url(valkey_url)
    opened = before.info("stats")["total_connections_received"]
    await asyncio.gather(*(connection.ask("GET", f"{number}") for number in range(500)))
    assert before.info("stats")["total_connections_received"] - opened <= 4
    before.close()
    await connection.close()


async def test_a_crowd_waits_for_no_connection(valkey_url: str) -> None:
    """While Redis is slow, everybody's question about the do-not-call list waits for its answer, and gets it.

    With a connection each they waited for one of the pool's, gave up after seconds, and healthy calls were put off.
    """
    pool = BlockingConnectionPool.from_url(valkey_url, max_connections=4, timeout=0.1)
    connection = Connection(AsyncRedis.from_pool(pool))
    with Redis.from_url(valkey_url) as server:
        server.execute_command("CLIENT", "PAUSE", "400", "ALL")
    asked = [Ledger.on(connection).do_not_call.find([Subject(kind="contact", value=f"{n}")]) for n in range(200)]
    assert await asyncio.gather(*asked) == [()] * 200
    await connection.close()


async def test_who_gives_up_before_is_not_sent(ledger: Ledger) -> None:
    """A cancelled caller's command does not run later, and the others' do."""
    line = SharedLine(Exchanges(ledger.connection.redis).exchange)
    gone = asyncio.ensure_future(line.send("SET", "gone", "1"))
    stays = asyncio.ensure_future(line.send("SET", "stays", "1"))
    await asyncio.sleep(0)
    gone.cancel()
    await stays
    assert await line.send("EXISTS", "gone") == 0


async def test_everybody_hears_that_redis_is_away(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nobody is left waiting."""
    connection = Connection.open(f"unix://{tmp_path_factory.mktemp('away') / 'none.sock'}")
    answers = await asyncio.gather(*(connection.ask("PING") for _ in range(100)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {LedgerUnavailable}


class Together:
    """Stands for a Redis that answers everybody at the same moment, as one does after its fsync."""

    def __init__(self) -> None:
        self.asked = asyncio.Semaphore(0)
        self.open = asyncio.Event()

    async def exchange(self, commands: Sequence[Words]) -> Sequence[Any]:
        """The commands' own words, once it is opened."""
        self.asked.release()
        await self.open.wait()
        return [" ".join(map(str, words)) for words in commands]


async def test_who_comes_as_all_lines_end_is_sent_too() -> None:
    """Answers of all lines may come in one turn of the loop, and the first answered may ask again at once."""
    redis = Together()
    line = SharedLine(redis.exchange)

    async def twice() -> Any:
        await line.send("FIRST")
        return await line.send("SECOND")

    asked = [asyncio.create_task(twice())]
    for _ in range(3):
        await redis.asked.acquire()
        asked.append(asyncio.create_task(line.send("ONCE")))
    await redis.asked.acquire()
    redis.open.set()
    async with asyncio.timeout(30):
        assert (await asyncio.gather(*asked))[0] == "SECOND"


async def test_closing_leaves_nobody_waiting() -> None:
    """Those under way are cancelled with it, and so are those whose turn had not come."""
    redis = Together()
    line = SharedLine(redis.exchange)
    asked = []
    for _ in range(4):
        asked.append(asyncio.create_task(line.send("UNDER WAY")))
        await redis.asked.acquire()
    asked.extend(asyncio.create_task(line.send("WAITS")) for _ in range(100))
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        await line.close()
        await asyncio.wait(asked)
    assert all(one.cancelled() for one in asked)
