"""Fetching a source's records: one GET on a checked address, no redirect, bounded in time and size."""

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import httpcore

from gateway.decoding import strict_json
from gateway.errors import Unreadable
from gateway.ids import digest
from gateway.lookup import Fetched, Lookup, Unfetched
from gateway.model import JsonValue, record
from workers.pinned import AddressRefused, PinnedBackend, Resolver, resolve
from workers.retry_after import retry_after

MAX_BODY_BYTES = 256 * 1024
_TOTAL_SECONDS = 15.0
_MOST_KEPT = 500
_PAUSE = timedelta(seconds=10)  # after a 429 that does not say how long
_HEADERS = (("Accept", "application/json"), ("Accept-Encoding", "identity"), ("User-Agent", "dialgate"))
_TRY_AGAIN = frozenset({408, 425})
_MISSING = frozenset({404, 410})
_BROKEN = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError, TimeoutError)


@record
class _Kept:
    answer: JsonValue
    at: datetime


@record
class _Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    too_large: bool = False


class RecordFetcher:
    """A Fetcher. Asks only the lookup's own origin; remembers answers shortly, and which hosts want a pause."""

    def __init__(
        self,
        *,
        allow_private: bool,
        now: Callable[[], datetime],
        resolver: Resolver = resolve,
        total_seconds: float = _TOTAL_SECONDS,
    ) -> None:
        self._backend = PinnedBackend(allow_private=allow_private, resolver=resolver)
        self._allow_private = allow_private
        self._now = now
        self._total_seconds = total_seconds
        self._ssl = ssl.create_default_context()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._paused: dict[str, datetime] = {}
        self._busy: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def fetch(self, lookup: Lookup, url: str, *, not_before: datetime) -> Fetched | Unfetched:
        """As the Fetcher contract says. Two who want the same record at once ask once."""
        name = digest("record", url, *(part for header in lookup.headers for part in header))
        lock = self._busy.setdefault(name, asyncio.Lock())
        async with lock:
            kept = self._kept.get(name)
            if kept is not None and kept.at >= not_before and self._now() - kept.at <= lookup.fresh_for:
                return Fetched(answer=kept.answer)
            if refused := self._refusal(lookup, url):
                return refused
            asked_at = self._now()
            fetched = await self._ask(lookup, url)
            if isinstance(fetched, Fetched):
                self._keep(name, _Kept(answer=fetched.answer, at=asked_at))
            return fetched

    def _refusal(self, lookup: Lookup, url: str) -> Unfetched | None:
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" != lookup.origin:
            return Unfetched(error="the address leads away from the configured host")
        if parts.scheme != "https" and not self._allow_private:
            return Unfetched(error="plain http is not allowed")
        until = self._paused.get(lookup.origin)
        if until is None or until <= self._now():
            return None
        wait = until - self._now()
        return Unfetched(error="the system asked for a pause (429)", again=True, after=wait)

    async def _ask(self, lookup: Lookup, url: str) -> Fetched | Unfetched:
        try:
            async with asyncio.timeout(self._total_seconds):
                answer = await self._exchange(lookup, url)
        except AddressRefused as error:
            return Unfetched(error=str(error))
        except _BROKEN as error:  # the text of an error may hold the URL, and so what identifies a person
            return Unfetched(error=f"no answer: {type(error).__name__}", again=True)
        return self._judge(lookup, answer)

    async def _exchange(self, lookup: Lookup, url: str) -> _Answer:
        headers = [(name.encode(), value.encode()) for name, value in (*_HEADERS, *lookup.headers)]
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), self._total_seconds)
        async with (
            httpcore.AsyncConnectionPool(
                ssl_context=self._ssl, network_backend=self._backend, max_keepalive_connections=0
            ) as pool,
            pool.stream("GET", url, headers=headers, extensions={"timeout": timeout}) as response,
        ):
            named = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in response.headers}
            body = bytearray()
            async for chunk in response.aiter_stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    return _Answer(status=response.status, headers=named, body=b"", too_large=True)
            return _Answer(status=response.status, headers=named, body=bytes(body))

    def _judge(self, lookup: Lookup, answer: _Answer) -> Fetched | Unfetched:
        said = f"HTTP {answer.status}"
        if answer.status == 429:
            pause = retry_after(answer.headers.get("retry-after"), now=self._now()) or _PAUSE
            self._paused[lookup.origin] = self._now() + pause
            return Unfetched(error=f"{said}: too many requests", again=True, after=pause)
        if answer.status >= 500 or answer.status in _TRY_AGAIN:
            pause_asked = retry_after(answer.headers.get("retry-after"), now=self._now())
            return Unfetched(error=said, again=True, after=pause_asked)
        if answer.status in _MISSING:
            return Unfetched(error=f"{said}: there is no such record", missing=True)
        if 300 <= answer.status < 400:
            return Unfetched(error=f"{said}: a redirect, which is not followed")
        return _read(answer) if answer.status == 200 else Unfetched(error=f"{said}: refused; check the token's rights")

    def _keep(self, name: str, kept: _Kept) -> None:
        self._kept[name] = kept
        self._kept.move_to_end(name)
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)


def _read(answer: _Answer) -> Fetched | Unfetched:
    if answer.too_large:
        return Unfetched(error=f"the answer is larger than {MAX_BODY_BYTES} bytes")
    if answer.headers.get("content-encoding", "identity").strip().lower() != "identity":
        return Unfetched(error="the answer is compressed although that was not asked for")
    try:
        return Fetched(answer=strict_json.loads(answer.body, "the answer"))
    except Unreadable:  # its text may quote the body
        return Unfetched(error="the answer is not JSON")
