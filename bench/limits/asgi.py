"""Three bare applications: hello, hello with HMAC and JSON, and those with one shared EVALSHA to Redis.

The third is the limit for a durable receiver in one process: requests that wait together share one atomic script
that stores each body and one index entry, so that they share its fsync, too.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from redis.asyncio import Redis

from bench.webhooks import SIGNATURE, signed

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
_START = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
_REFUSED = {"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"2")]}
_BODY = {"type": "http.response.body", "body": b"{}"}
_HEADER = SIGNATURE.lower().encode()
_STORE = """
for at = 1, #ARGV, 2 do
  redis.call('SET', 'limit:' .. ARGV[at], ARGV[at + 1])
  redis.call('ZADD', 'limits', at, ARGV[at])
end
return 1
"""


async def _body(receive: Receive) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def _authentic(scope: Scope, receive: Receive) -> dict[str, Any] | None:
    body = await _body(receive)
    given = next((value.decode() for name, value in scope["headers"] if name == _HEADER), "")
    return orjson.loads(body) | {"body": body} if signed(body, given) else None


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """Nothing but HTTP."""
    if scope["type"] == "http":
        await _body(receive)
        await send(_START)
        await send(_BODY)


async def checked(scope: Scope, receive: Receive, send: Send) -> None:
    """And HMAC and JSON."""
    if scope["type"] == "http":
        await send(_START if await _authentic(scope, receive) is not None else _REFUSED)
        await send(_BODY)


class Shared:
    """And one EVALSHA for all requests that wait."""

    def __init__(self) -> None:
        self._redis = Redis.from_url(os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/0"))
        self._waiting: list[tuple[bytes, bytes, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._sha = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        event = await _authentic(scope, receive)
        if event is not None:
            done = asyncio.get_running_loop().create_future()
            self._waiting.append((event["id"].encode(), event["body"], done))
            if self._writer is None:
                self._writer = asyncio.create_task(self._write())
            await done
        await send(_START if event is not None else _REFUSED)
        await send(_BODY)

    async def _write(self) -> None:
        self._sha = self._sha or await self._redis.script_load(_STORE)
        while self._waiting:
            batch, self._waiting = self._waiting, []
            await self._redis.evalsha(self._sha, 0, *(word for key, body, _ in batch for word in (key, body)))
            for _, _, done in batch:
                done.set_result(None)
        self._writer = None


shared = Shared()
