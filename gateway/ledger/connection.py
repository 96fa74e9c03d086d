"""The one connection to Redis: key names, scripts by SHA, and errors turned into ours."""

import time
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from gateway.errors import LedgerUnavailable
from gateway.failpoints import reach
from gateway.ledger import durability
from gateway.ledger.exchanges import Exchanges
from gateway.ledger.instants import from_ms
from gateway.ledger.line import LINES, SharedLine
from gateway.ledger.replicas import ACTED_UPON, Replicas
from gateway.ledger.scripts import load_scripts
from gateway.model import record
from gateway.redis_address import close, waiting_pool

_CONNECT_SECONDS = 3.0
_READ_SECONDS = 5.0
_HEALTH_CHECK_SECONDS = 30
_POOL = 64
_RETRIES = 3
_AWAY = (
    RedisConnectionError,
    RedisTimeoutError,
    OutOfMemoryError,
    ReadOnlyError,
    AuthenticationError,
    AuthorizationError,
    NoPermissionError,
    NoScriptError,
)
_AWAY_PREFIXES = ("MISCONF", "NOREPLICAS", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY", "LOADING", "OOM")


@record
class Retention:
    """How long things are kept: `payload` for bodies and payloads, `records` for everything else."""

    payload: timedelta = timedelta(days=30)
    records: timedelta = timedelta(days=5 * 365)


class Connection:
    """A pool of connections, the key prefix, and the scripts.

    Scripts build key names from the prefix and the ids they read, so Redis Cluster is not supported:
    everything must be on one primary (with replicas and Sentinel, if wanted). Redis 6.2 or later, or Valkey.
    """

    def __init__(
        self,
        redis: "Redis",
        *,
        prefix: str = "dialgate",
        retention: Retention | None = None,
        replicas: int = 0,
        lines: "Redis | None" = None,
    ) -> None:
        self.redis = redis
        self.prefix = prefix
        self.retention = retention or Retention()
        self._scripts = load_scripts()
        self._replicas = Replicas(redis, wanted=replicas, key=self.key("replicated")) if replicas else None
        self._lines = lines or redis
        self._exchanges = Exchanges(self._lines)
        self._line = SharedLine(self._exchanges.exchange)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        prefix: str = "dialgate",
        retention: Retention | None = None,
        pool_size: int = _POOL,
        replicas: int = 0,
    ) -> "Connection":
        """A connection to `url` (gateway/redis_address.py); nothing is contacted until first use.

        A command whose answer is lost is sent again: every script is safe to run twice.
        """
        pools = [
            waiting_pool(
                url,
                max_connections=size,
                timeout=_READ_SECONDS,
                socket_connect_timeout=_CONNECT_SECONDS,
                socket_timeout=_READ_SECONDS,
                health_check_interval=_HEALTH_CHECK_SECONDS,
                retry=Retry(ExponentialWithJitterBackoff(cap=0.5, base=0.05), _RETRIES),
            )
            for size in (pool_size, LINES)
        ]
        redis, lines = (Redis.from_pool(pool) for pool in pools)
        return cls(redis, prefix=prefix, retention=retention, replicas=replicas, lines=lines)

    def key(self, *parts: str) -> str:
        """A key's full name."""
        return ":".join((self.prefix, *parts))

    async def run(self, name: str, now_ms: int, *arguments: str | int | bytes) -> Any:
        """Run a script by its SHA, sending its source only if Redis does not know it.

        With `replicas`, what someone acts upon counts once so many have it: LedgerUnavailable before, and the repeat
        finds it.
        """
        reach(name, "before")
        replicas = self._replicas if name in ACTED_UPON else None
        since = replicas.history if replicas is not None else None
        with unavailable():
            answer = await self._send(name, now_ms, *arguments)
            if replicas is not None and not await replicas.confirm(since):
                answer = await self._send(name, now_ms, *arguments)  # the new primary may never have had it
                await replicas.confirm(None)
        reach(name, "after")
        return answer

    async def _send(self, name: str, now_ms: int, *arguments: str | int | bytes) -> Any:
        script = self._scripts[name]
        words = (f"{self.prefix}:", now_ms, *arguments)
        try:
            return await self._line.send("EVALSHA", script.sha, 0, *words)
        except NoScriptError:
            return await self._line.send("EVAL", script.source, 0, *words)

    async def ask(self, *words: str | int | bytes) -> Any:
        """The answer of one command that changes nothing. Raises LedgerUnavailable."""
        with unavailable():
            return await self._line.send(*words)

    async def check_durability(self) -> tuple[str, ...]:
        """What would let this Redis lose what it acknowledged (no AOF, an evicting policy); empty is good."""
        with unavailable():
            return await durability.check(self.redis)

    async def ping(self) -> float:
        """Round trip in seconds. Raises LedgerUnavailable."""
        start = time.perf_counter()
        with unavailable():
            await self.redis.ping()
        return time.perf_counter() - start

    async def clock(self) -> datetime:
        """Redis's own clock. Raises LedgerUnavailable."""
        with unavailable():
            seconds, microseconds = await self.redis.time()
        return from_ms(0) + timedelta(seconds=int(seconds), microseconds=int(microseconds))

    async def close(self) -> None:
        """Close the pool."""
        await self._line.close()
        await self._exchanges.close()
        await close(self.redis)
        if self._lines is not self.redis:
            await close(self._lines)


class unavailable:  # noqa: N801 - reads as the statement it is; a generator would take longer than what it guards
    """The one place where Redis's failures become LedgerUnavailable. A fault in a script passes as it is."""

    __slots__ = ()

    def __enter__(self) -> None:
        """Nothing yet."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raises LedgerUnavailable for what shows that Redis is away, or would not write."""
        if isinstance(error, _AWAY):
            raise LedgerUnavailable(f"Redis: {type(error).__name__}: {error}") from error
        if isinstance(error, ResponseError) and str(error).startswith(_AWAY_PREFIXES):
            raise LedgerUnavailable(f"Redis: {error}") from error
