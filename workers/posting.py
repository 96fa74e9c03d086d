"""Posting to an endpoint: one fresh connection to a checked address, no redirect, bounded in time and size."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta

import httpcore

from gateway.model import record
from gateway.rules.endpoints import Endpoint
from workers.answers import error_text
from workers.pinned import AddressRefused, PinnedBackend, Resolver, resolve
from workers.retry_after import retry_after

MAX_ANSWER_BYTES = 4096
_TOTAL_SECONDS = 15.0
_GONE = 410
_HEADERS = (("Content-Type", "application/json"), ("Accept-Encoding", "identity"), ("User-Agent", "dialgate"))
_BROKEN = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError, TimeoutError)


@record
class Answer:
    """What an endpoint said, in one safe line. `gone`: it wants no message any more, and says so by 410."""

    taken: bool
    said: str
    gone: bool = False
    pause: timedelta | None = None


class Poster:
    """POSTs of messages. Never raises for what the network or the other end does."""

    def __init__(
        self,
        *,
        allow_private: bool,
        now: Callable[[], datetime],
        resolver: Resolver = resolve,
        total_seconds: float = _TOTAL_SECONDS,
    ) -> None:
        self._backend = PinnedBackend(allow_private=allow_private, resolver=resolver, setting="DIALGATE_NOTIFY_PRIVATE")
        self._allow_private = allow_private
        self._now = now
        self._total_seconds = total_seconds
        self._ssl = ssl.create_default_context()

    async def post(self, endpoint: Endpoint, headers: tuple[tuple[str, str], ...], body: bytes) -> Answer:
        """One POST. A 2xx is a yes, whatever its body; anything else is none."""
        if not endpoint.url.startswith("https:") and not self._allow_private:
            return Answer(taken=False, said="plain http is not allowed")
        try:
            async with asyncio.timeout(self._total_seconds):
                return await self._exchange(endpoint, headers, body)
        except AddressRefused as error:
            return Answer(taken=False, said=str(error))
        except _BROKEN as error:  # the text of an error may hold the address, which may be a secret
            return Answer(taken=False, said=f"no answer: {type(error).__name__}")

    async def _exchange(self, endpoint: Endpoint, headers: tuple[tuple[str, str], ...], body: bytes) -> Answer:
        sent = [(name.encode(), value.encode()) for name, value in (*_HEADERS, *endpoint.headers, *headers)]
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), self._total_seconds)
        async with (
            httpcore.AsyncConnectionPool(
                ssl_context=self._ssl, network_backend=self._backend, max_keepalive_connections=0
            ) as pool,
            pool.stream("POST", endpoint.url, headers=sent, content=body, extensions={"timeout": timeout}) as response,
        ):
            if 200 <= response.status < 300:
                return Answer(taken=True, said=f"HTTP {response.status}")
            named = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in response.headers}
            said = bytearray()
            async for chunk in response.aiter_stream():
                said += chunk
                if len(said) >= MAX_ANSWER_BYTES:
                    break
            return self._no(response.status, named, bytes(said[:MAX_ANSWER_BYTES]))

    def _no(self, status: int, headers: dict[str, str], body: bytes) -> Answer:
        words = "a redirect, which is not followed" if 300 <= status < 400 else error_text(body)
        return Answer(
            taken=False,
            said=": ".join(part for part in (f"HTTP {status}", words) if part),
            gone=status == _GONE,
            pause=retry_after(headers.get("retry-after"), now=self._now()),
        )
