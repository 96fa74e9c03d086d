"""One HTTP request on one fresh connection, with proof of how far it came.

The exception a client raises is weak evidence; the trace events of httpcore 1.0 are strong. No byte of a request is
written before `http11.send_request_headers.started`, and raising inside that event aborts with nothing written.
`http11.receive_response_headers.complete` carries (version, status, phrase, headers) even if the body breaks later.
"""

import asyncio
import ssl
import zlib
from collections.abc import Callable
from typing import Any

import h11
import httpcore
import httpx

from gateway.failpoints import reach
from gateway.reasons import Reason
from workers.observation import Observation
from workers.wire import Backend

MAX_BODY_BYTES = 64 * 1024
_GZIP_OR_ZLIB = 47  # zlib's window bits for "detect the header"
_BEFORE_THE_FIRST_BYTE = frozenset({"connection.connect_tcp.started", "http11.send_request_headers.started"})
_FAILPOINTS = {
    "connection.connect_tcp.started": "connecting",
    "http11.send_request_headers.started": "sending",
    "http11.send_request_headers.complete": "headers_sent",
    "http11.send_request_body.complete": "body_sent",
    "http11.receive_response_headers.complete": "status_read",
}
_BACKEND = Backend()
_ENDINGS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    OSError,  # a TLS record broken in mid-stream comes up raw
    UnicodeError,
)


class _StartRefused(Exception):
    """Raised inside a trace event: the request may no longer begin."""


class _Evidence:
    """Collects what the trace and the body tell."""

    def __init__(self, may_start: Callable[[], bool]) -> None:
        self._may_start = may_start
        self._events: set[str] = set()
        self._status: int | None = None
        self._headers: tuple[tuple[str, str], ...] = ()
        self._body = bytearray()
        self._stream: httpcore.AsyncNetworkStream | None = None
        self.broke_the_protocol = False  # bytes came that are not HTTP, rather than none

    async def trace(self, event: str, info: dict[str, Any]) -> None:
        if event in _BEFORE_THE_FIRST_BYTE and not self._may_start():
            raise _StartRefused
        self._events.add(event)
        if event == "connection.connect_tcp.complete":
            self._stream = info["return_value"]
        elif event == "http11.receive_response_headers.failed":
            self.broke_the_protocol = isinstance(info["exception"].__cause__, h11.RemoteProtocolError)
        elif event == "http11.receive_response_headers.complete":
            _, self._status, _, headers = info["return_value"]
            self._headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers)
        if event in _FAILPOINTS:
            reach("dial", _FAILPOINTS[event])

    @property
    def started(self) -> bool:
        return "http11.send_request_headers.started" in self._events

    @property
    def in_tls_handshake(self) -> bool:
        return "connection.start_tls.started" in self._events and "connection.start_tls.complete" not in self._events

    async def read(self, response: httpcore.Response) -> None:
        async for chunk in response.aiter_stream():
            self._body += chunk
            if len(self._body) > MAX_BODY_BYTES:
                break

    async def hang_up(self) -> None:
        """Close the socket itself: httpcore lets go of one that is cancelled during its TLS handshake."""
        if self._stream is not None:
            await self._stream.aclose()

    def observation(
        self, failure: Reason | None = None, detail: str = "", interruption: asyncio.CancelledError | None = None
    ) -> Observation:
        encoding = dict(self._headers).get("content-encoding", "identity")
        return Observation(
            started=self.started,
            status=self._status,
            headers=self._headers,
            body=_unpacked(bytes(self._body), encoding)[:MAX_BODY_BYTES],
            failure=failure,
            detail=detail,
            interruption=interruption,
        )


async def attempt(
    request: httpx.Request, *, ssl_context: ssl.SSLContext, total_seconds: float, may_start: Callable[[], bool]
) -> Observation:
    """Send `request` once and tell what was seen; never raises for what the network or the server does.

    `may_start` is asked when connecting begins and again with the first byte about to be written; False ends it there.
    Nothing is retried, redirected, kept alive or read from the environment. Cancellation ends the exchange and is
    handed back in `interruption`: the caller raises it on once the outcome is known.
    """
    evidence = _Evidence(may_start)
    sent = _as_sent(request, evidence)
    connection = httpcore.AsyncHTTPConnection(sent.url.origin, ssl_context, network_backend=_BACKEND)
    try:
        async with asyncio.timeout(total_seconds):
            await evidence.read(await connection.handle_async_request(sent))
    except _StartRefused:
        return evidence.observation(Reason.NOT_STARTED, "the time to start had passed")
    except asyncio.CancelledError as error:
        reason = Reason.INTERRUPTED if evidence.started else Reason.LEASE_LOST
        return evidence.observation(reason, "the worker was told to stop", error)
    except _ENDINGS as error:
        return evidence.observation(_reason(error, evidence), _described(error))
    finally:
        await connection.aclose()
        await evidence.hang_up()
    return evidence.observation()


def _as_sent(request: httpx.Request, evidence: _Evidence) -> httpcore.Request:
    """The request for a connection without a pool around it: a pool of one dial only costs time."""
    url = request.url
    return httpcore.Request(
        request.method,
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=request.headers.raw,
        content=request.stream,
        extensions={**request.extensions, "trace": evidence.trace},
    )


def _reason(error: Exception, evidence: _Evidence) -> Reason:
    timed_out = isinstance(error, httpcore.TimeoutException | TimeoutError)
    if evidence.started:
        if timed_out:
            return Reason.RESPONSE_TIMEOUT
        return Reason.RESPONSE_UNREADABLE if evidence.broke_the_protocol else Reason.CONNECTION_LOST
    if timed_out:
        return Reason.CONNECT_TIMEOUT
    return Reason.TLS_FAILED if evidence.in_tls_handshake else Reason.CONNECT_FAILED


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _unpacked(body: bytes, encoding: str) -> bytes:
    """The body without its compression; as it came where that cannot be undone (we ask for none)."""
    if encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        return body
    try:
        return zlib.decompressobj(_GZIP_OR_ZLIB).decompress(body, MAX_BODY_BYTES)
    except zlib.error:
        return body
