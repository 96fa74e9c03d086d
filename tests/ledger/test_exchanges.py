"""A write and its answers on a connection that is kept: whoever asks gets its own answer, whatever is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError
from waiting import soon

from gateway.embedded import EmbeddedValkey
from gateway.ledger.exchanges import Exchanges

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def exchanging(url: str, *, tries: int = 4, patience: float = 30.0) -> AsyncIterator[Exchanges]:
    """On a pool of one connection, so that every exchange is made on the same."""
    retry = Retry(ConstantBackoff(0.01), tries - 1)
    pool = BlockingConnectionPool.from_url(url, max_connections=1, timeout=5, socket_timeout=5, retry=retry)
    redis = Redis.from_pool(pool)
    exchanges = Exchanges(redis, patience=patience)
    yield exchanges
    await exchanges.close()
    await redis.aclose()


async def test_answers_are_read_as_the_client_reads_them(valkey_url: str) -> None:
    """By the command's own kind, and an error stands in its place without touching the others."""
    async with exchanging(valkey_url) as exchanges:
        put, odd, read, text = await exchanges.exchange(
            [("HSET", "h", "a", 1), ("INCR", "h"), ("HGETALL", "h"), ("GET", "none")]
        )
    assert (put, read, text) == (1, {b"a": b"1"}, None)
    assert isinstance(odd, ResponseError)


async def test_a_connection_that_was_closed_meanwhile_is_made_again(valkey_url: str) -> None:
    """Redis closes idle connections: the next exchange notices, and is answered."""
    admin = Redis.from_url(valkey_url)
    async with exchanging(valkey_url) as exchanges:
        for number in range(5):
            assert await exchanges.exchange([("ECHO", str(number))]) == [str(number).encode()]
            await admin.execute_command("CLIENT", "KILL", "TYPE", "NORMAL", "SKIPME", "YES")
    await admin.aclose()


async def test_who_gives_up_leaves_nobody_its_answer(valkey_url: str) -> None:
    """A cancelled exchange's answer comes to nobody: the next one gets its own."""
    admin = Redis.from_url(valkey_url)
    async with exchanging(valkey_url) as exchanges:

        async def waits() -> bool:
            return (await admin.info("clients"))["blocked_clients"] == 1

        gone = asyncio.create_task(exchanges.exchange([("ECHO", "gone"), ("BLPOP", "none", 0)]))
        await soon(waits)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        assert await exchanges.exchange([("ECHO", "mine")]) == [b"mine"]
    await admin.aclose()


async def test_an_outage_is_told_and_over_when_it_is_over(tmp_path: Path) -> None:
    """Nobody waits for ever while Redis is away; once it is back the same exchanges go on."""
    own = EmbeddedValkey(tmp_path / "v")
    own.start()
    try:
        async with exchanging(own.url) as exchanges:
            assert await exchanges.exchange([("ECHO", "1")]) == [b"1"]
            own.kill()
            with pytest.raises(RedisConnectionError):
                await exchanges.exchange([("ECHO", "2")])
            own.start()
            assert await exchanges.exchange([("ECHO", "3")]) == [b"3"]
    finally:
        own.kill()


async def test_no_answer_in_time_is_tried_again_and_then_told(tmp_path: Path) -> None:
    """A Redis that takes commands and says nothing: as many tries as the pool gives, each on a new connection."""
    heard: list[bytes] = []

    async def dumb(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while words := await reader.read(1000):
            if b"ECHO" in words:
                heard.append(words)
            else:
                writer.write(b"+OK\r\n" * words.count(b"*"))
        writer.close()

    server = await asyncio.start_unix_server(dumb, tmp_path / "dumb")
    async with exchanging(f"unix://{tmp_path / 'dumb'}?protocol=2", tries=3, patience=0.2) as exchanges:
        with pytest.raises(RedisTimeoutError):
            await exchanges.exchange([("ECHO", "x")])
    assert len(heard) == 3
    server.close()
    await server.wait_closed()
