"""Hearing at once that calls are due: whoever writes them tells the workers that listen (lua/shared/2_nudges.lua).

A hint that comes some milliseconds before its wake-up. What is missed while the connection is away loses nothing:
wake-ups, the loop's own poll and the sweeper stay, and every new connection is followed by a look.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway.cancelling import cancel
from gateway.model import record
from gateway.redis_address import close, waiting_pool

log = structlog.get_logger("dialgate.nudges")

CHANNEL = "due"  # behind the prefix of the ledger's keys
_CONNECT_SECONDS = 3.0


@record
class Patience:
    """Seconds: without a word until Redis is asked whether it is there, and between tries while it is not."""

    quiet: float = 10.0
    retry_first: float = 0.1
    retry_longest: float = 5.0


@asynccontextmanager
async def listening(
    url: str, channel: str, ring: Callable[[], None], *, patience: Patience | None = None
) -> AsyncIterator[None]:
    """While inside, `ring` is called for every nudge, and once for each new connection."""
    task = asyncio.create_task(_Listener(url, channel, ring, patience or Patience()).run(), name="nudges")
    try:
        yield
    finally:
        await cancel(task)


class _Listener:
    """One connection of its own, made again whenever it is lost."""

    def __init__(self, url: str, channel: str, ring: Callable[[], None], patience: Patience) -> None:
        self._url = url
        self._channel = channel
        self._ring = ring
        self._patience = patience
        self._wait = patience.retry_first
        self._away = False

    async def run(self) -> None:
        """Until cancelled; an outage is told once, and so is its end."""
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                if not self._away:
                    log.warning("nudges.away", error=type(error).__name__, detail="wake-ups and polling go on")
                self._away = True
            except Exception:
                log.exception("nudges.failed")
            await asyncio.sleep(self._wait)
            self._wait = min(self._wait * 2, self._patience.retry_longest)

    async def _listen(self) -> None:
        """Until the connection is lost, which is raised."""
        pool = waiting_pool(
            self._url,
            max_connections=1,
            socket_connect_timeout=_CONNECT_SECONDS,
            socket_timeout=self._patience.quiet,
            retry=Retry(NoBackoff(), 0),
        )
        redis = Redis(connection_pool=pool)
        heard: Any = redis.pubsub()  # redis-py types not all of it
        try:
            await heard.subscribe(self._channel)
            asked = False
            while True:
                message = await heard.get_message(timeout=self._patience.quiet)
                if message is not None:
                    asked = False
                    self._heard(message["type"])
                elif asked:
                    raise TimeoutError("Redis does not answer")
                else:
                    asked = True
                    await heard.ping()
        finally:
            await heard.aclose()
            await close(redis)

    def _heard(self, kind: str) -> None:
        if kind == "subscribe":
            self._wait = self._patience.retry_first
            if self._away:
                log.info("nudges.back")
            self._away = False
        if kind != "pong":
            self._ring()
