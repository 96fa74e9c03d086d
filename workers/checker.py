"""Asking do-not-call checks: one request on a checked address, no redirect, bounded in time, size and number.

A check that fails is asked by one call at a time until it answers again: a system that is down is not stormed, and a
thousand calls do not each wait out its timeout. No error's text names anybody.
"""

import asyncio
import re
import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import quote

import httpcore
import orjson
import structlog

from gateway.decoding import strict_json
from gateway.errors import Unreadable
from gateway.external_check import Answered, Check, Unanswered
from gateway.model import record
from workers.pinned import AddressRefused, PinnedBackend, Resolver, resolve
from workers.retry_after import retry_after

log = structlog.get_logger("dialgate.checker")

MAX_BODY_BYTES = 64 * 1024
_PLACE = re.compile(r"\{(\w+)\}")
_HEADERS = (("Accept", "application/json"), ("Accept-Encoding", "identity"), ("User-Agent", "dialgate"))
_BROKEN = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError, TimeoutError)


@record
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes | None  # None: too large


class _Line:
    """The way to one check: so many at once, and only one while it fails."""

    def __init__(self, concurrent: int) -> None:
        self.room = asyncio.Semaphore(concurrent)
        self.failing = ""
        self.asking = 0


class HttpChecker:
    """A Checker. `allow_private`: private addresses and plain http may be asked."""

    def __init__(self, *, allow_private: bool, now: Callable[[], datetime], resolver: Resolver = resolve) -> None:
        setting = "DIALGATE_CHECK_PRIVATE"
        self._backend = PinnedBackend(allow_private=allow_private, resolver=resolver, setting=setting)
        self._allow_private = allow_private
        self._now = now
        self._ssl = ssl.create_default_context()
        self._lines: dict[tuple[str, str], _Line] = {}

    async def ask(self, check: Check, values: Mapping[str, str]) -> Answered | Unanswered:
        """As the Checker contract says."""
        line = self._lines.setdefault((check.name, check.version), _Line(check.concurrent))
        async with line.room:
            if line.failing and line.asking:  # the one that asks finds out for all
                return Unanswered(error=line.failing)
            line.asking += 1
            try:
                answer = await self._ask(check, values)
            finally:
                line.asking -= 1
            self._note(check, line, answer)
            return answer

    def _note(self, check: Check, line: _Line, answer: Answered | Unanswered) -> None:
        error = answer.error if isinstance(answer, Unanswered) else ""
        if error and not line.failing:
            log.error("check.failing", check=check.name, error=error, detail="nobody it asks about is dialled")
        elif line.failing and not error:
            log.info("check.answers_again", check=check.name)
        line.failing = error

    async def _ask(self, check: Check, values: Mapping[str, str]) -> Answered | Unanswered:
        if not check.origin.startswith("https:") and not self._allow_private:
            return Unanswered(error="plain http is not allowed")
        try:
            async with asyncio.timeout(check.timeout.total_seconds()):
                answer = await self._exchange(check, values)
        except AddressRefused as error:
            return Unanswered(error=str(error))
        except _BROKEN as error:  # the text of an error may hold the URL, and so the phone
            return Unanswered(error=f"no answer: {type(error).__name__}")
        return self._judge(check, answer)

    async def _exchange(self, check: Check, values: Mapping[str, str]) -> _Answer:
        body = (
            None
            if check.body is None
            else orjson.dumps({key: _put_in(text, values) for key, text in check.body.items()})
        )
        content = [("Content-Type", "application/json")] if body is not None else []
        headers = [(name.encode(), value.encode()) for name, value in (*_HEADERS, *content, *check.headers)]
        encoded = {name: quote(value, safe="") for name, value in values.items()}
        seconds = check.timeout.total_seconds()
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
        pool = httpcore.AsyncConnectionPool(
            ssl_context=self._ssl, network_backend=self._backend, max_keepalive_connections=0
        )
        url, extensions = _put_in(check.address, encoded), {"timeout": timeout}
        async with (
            pool,
            pool.stream(check.method, url, headers=headers, content=body, extensions=extensions) as response,
        ):
            named = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in response.headers}
            return _Answer(status=response.status, headers=named, body=await _read(response))

    def _judge(self, check: Check, answer: _Answer) -> Answered | Unanswered:
        said = f"HTTP {answer.status}"
        if answer.status == 404 and check.missing_is_clear:
            return Answered(listed=False)
        if answer.status != 200:
            redirect = ": a redirect, which is not followed" if 300 <= answer.status < 400 else ""
            after = retry_after(answer.headers.get("retry-after"), now=self._now())
            return Unanswered(error=said + redirect, after=after)
        if answer.body is None:
            return Unanswered(error=f"the answer is larger than {MAX_BODY_BYTES} bytes")
        try:
            listed = check.reading.says_listed(strict_json.loads(answer.body, "the answer"))
        except Unreadable:  # its text may quote the body
            return Unanswered(error="the answer is not JSON")
        if listed is None:
            return Unanswered(error=f"the answer's {check.reading.path} is none of the configured values")
        return Answered(listed=listed)


async def _read(response: httpcore.Response) -> bytes | None:
    body = bytearray()
    async for chunk in response.aiter_stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    return bytes(body)


def _put_in(text: str, values: Mapping[str, str]) -> str:
    """The names in a text replaced, in one pass: what stands in a value is never taken for a name."""
    return _PLACE.sub(lambda found: values[found[1]], text)
