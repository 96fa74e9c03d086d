"""One HTTP request on one fresh connection, with proof of how far it came.

What happens is known by doing it: until the very first write nothing of a request was sent, and once the head of an
answer was parsed its status stands, even if the body breaks later. HTTP is h11's, the connection httpcore's interface.
"""

import asyncio
import contextlib
import ssl
import zlib
from collections.abc import Callable

import h11
import httpcore

from gateway.failpoints import reach
from gateway.reasons import Reason
from workers.observation import Observation
from workers.request import Request
from workers.wire import Backend, Wire

MAX_BODY_BYTES = 64 * 1024
_MAX_HEAD_BYTES = 100 * 1024
_READ_BYTES = 64 * 1024
_GZIP_OR_ZLIB = 47  # zlib's window bits for "detect the header"
_SWITCHING_PROTOCOLS = 101
_BACKEND = Backend()


class _StartRefused(Exception):
    """The request may no longer begin."""


class _ServerLeft(Exception):
    """The connection ended where the request, or an answer, was to begin."""


_ENDINGS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    h11.ProtocolError,
    _ServerLeft,
    OSError,
    UnicodeError,  # a host's name that no resolver takes
)


class _Exchange:
    """One request and its answer, and how far it came."""

    def __init__(
        self, request: Request, may_start: Callable[[], bool], backend: Backend, *, total_seconds: float
    ) -> None:
        self._clock = asyncio.get_running_loop().time
        self._ends_at = self._clock() + total_seconds
        self._request = request
        self._backend = backend
        self._may_start = may_start
        self._patience = request.patience
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD_BYTES)
        self._status: int | None = None
        self._headers: tuple[tuple[str, str], ...] = ()
        self._body = bytearray()
        self._wire: Wire | None = None
        self.started = False  # something of the request may have been written
        self.in_tls_handshake = False
        self.broke_the_protocol = False  # bytes came that are not HTTP, rather than none

    async def run(self, ssl_context: ssl.SSLContext) -> None:
        """From connecting to the answer's end. Raises whatever ends it early."""
        self._go_on("connecting")
        wire = await self._connect(ssl_context)
        head, body = self._as_bytes()
        if wire.ended or wire.spoken:  # what it says is no answer to what it did not read
            raise _ServerLeft("the server left, or spoke, before anything was sent")
        self._go_on("sending", starts=True)
        with contextlib.suppress(httpcore.WriteError):  # a server may answer, and close, before it read everything
            await self._send(wire, head, "headers_sent")
            await self._send(wire, body, "body_sent")
        await self._read_head(wire)
        await self._read_body(wire)

    async def close(self) -> None:
        """Let go of the connection, whatever became of it."""
        if self._wire is not None:
            await self._wire.aclose()

    def _go_on(self, place: str, *, starts: bool = False) -> None:
        if not self._may_start():
            raise _StartRefused
        self.started = starts
        reach("dial", place)

    async def _connect(self, ssl_context: ssl.SSLContext) -> Wire:
        target, patience = self._request.target, self._patience.connect
        self._wire = wire = await self._backend.connect_tcp(target.host, target.port, self._left_of(patience))
        if target.secure:
            self.in_tls_handshake = True
            ssl_context.set_alpn_protocols(["http/1.1"])
            await wire.start_tls(ssl_context, target.host, self._left_of(patience))
            self.in_tls_handshake = False
        return wire

    def _left_of(self, patience: float | None) -> float:
        """Seconds that the next step may wait: its own, and no more than the whole has left."""
        left = max(0.0, self._ends_at - self._clock())
        return left if patience is None else min(patience, left)

    async def _send(self, wire: Wire, data: bytes, place: str) -> None:
        if data:
            await wire.write(data, self._left_of(self._patience.write))
        reach("dial", place)

    def _as_bytes(self) -> tuple[bytes, bytes]:
        request, http = self._request, self._http
        head = http.send(request.head)
        body = http.send(h11.Data(data=request.body)) if request.body else b""
        return head or b"", (body or b"") + (http.send(h11.EndOfMessage()) or b"")

    async def _read_head(self, wire: Wire) -> None:
        try:
            answer = await self._next_event(wire)
            while isinstance(answer, h11.InformationalResponse) and answer.status_code != _SWITCHING_PROTOCOLS:
                answer = await self._next_event(wire)
        except h11.RemoteProtocolError:
            self.broke_the_protocol = True
            raise
        if isinstance(answer, h11.Response | h11.InformationalResponse):
            self._status = answer.status_code
            self._headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers)
            reach("dial", "status_read")

    async def _read_body(self, wire: Wire) -> None:
        while len(self._body) <= MAX_BODY_BYTES:
            event = await self._next_event(wire)
            if not isinstance(event, h11.Data):
                return
            self._body += event.data

    async def _next_event(self, wire: Wire) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._clock() >= self._ends_at:  # a server that never stops talking leaves no wait that could end
                raise httpcore.ReadTimeout("the whole exchange took too long")
            data = await wire.read(_READ_BYTES, self._left_of(self._patience.read))
            if not data and self._http.their_state is h11.SEND_RESPONSE:
                raise _ServerLeft("the server disconnected without sending a response")
            self._http.receive_data(data)
        return event

    def observation(
        self, failure: Reason | None = None, detail: str = "", interruption: asyncio.CancelledError | None = None
    ) -> Observation:
        encodings = [value for name, value in self._headers if name == "content-encoding"]
        body = bytes(self._body)
        return Observation(
            started=self.started,
            status=self._status,
            headers=self._headers,
            body=(_unpacked(body, encodings[-1]) if encodings else body)[:MAX_BODY_BYTES],
            failure=failure,
            detail=detail,
            interruption=interruption,
        )


async def attempt(
    request: Request,
    *,
    ssl_context: ssl.SSLContext,
    total_seconds: float,
    may_start: Callable[[], bool],
    backend: Backend = _BACKEND,
) -> Observation:
    """Send `request` once and tell what was seen; never raises for what the network or the server does.

    `may_start` is asked when connecting begins and again with the first byte about to be written; False ends it there.
    Nothing is retried, redirected, kept alive or read from the environment. Cancellation ends the exchange and is
    handed back in `interruption`: the caller raises it on once the outcome is known.
    """
    exchange = _Exchange(request, may_start, backend, total_seconds=total_seconds)
    try:
        await exchange.run(ssl_context)
    except _StartRefused:
        return exchange.observation(Reason.NOT_STARTED, "the time to start had passed")
    except asyncio.CancelledError as error:
        reason = Reason.INTERRUPTED if exchange.started else Reason.LEASE_LOST
        return exchange.observation(reason, "the worker was told to stop", error)
    except _ENDINGS as error:
        return exchange.observation(_reason(error, exchange), _described(error))
    finally:
        await exchange.close()
    return exchange.observation()


def _reason(error: Exception, exchange: _Exchange) -> Reason:
    timed_out = isinstance(error, httpcore.TimeoutException | TimeoutError)
    if exchange.started:
        if timed_out:
            return Reason.RESPONSE_TIMEOUT
        return Reason.RESPONSE_UNREADABLE if exchange.broke_the_protocol else Reason.CONNECTION_LOST
    if timed_out:
        return Reason.CONNECT_TIMEOUT
    return Reason.TLS_FAILED if exchange.in_tls_handshake else Reason.CONNECT_FAILED


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
