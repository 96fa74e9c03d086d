"""The outermost layer of every request: bounded headers, a request id, safe answers, and never a 500."""

import os
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import PurePath

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import GatewayError
from gateway.ids import new_id
from gateway.web.problems import ApiProblem, respond, unavailable

HEADER_BYTES = 32 * 1024  # the request line's path and query included
HEADER_COUNT = 100

_SAFE_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"x-frame-options", b"DENY"),
)
_PAGE_POLICY = (
    b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

log = structlog.stdlib.get_logger("dialgate.web")


class Edge:
    """Wraps the application. What nobody caught is logged under the request's id and answered 503."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and see that it is answered safely."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = new_id("rq", now=datetime.now(UTC), random=os.urandom)
        scope.setdefault("state", {})["request_id"] = request_id
        answer = _Answer(send, request_id)
        problem = _fault_of(scope)
        if problem is not None:
            await respond(problem)(scope, receive, answer.send)
            return
        try:
            await self._app(scope, receive, answer.send)
        except Exception as error:  # noqa: BLE001 - the process edge: the sender must hear "try again", not 500
            log_unexpected(scope, error)
            if not answer.started:
                await respond(_UNEXPECTED)(scope, receive, answer.send)


def request_id_of(scope: Scope) -> str:
    """The id this request is logged under; it is also in the answer's X-Request-Id."""
    request_id: str = scope["state"]["request_id"]
    return request_id


def log_unexpected(scope: Scope, error: Exception) -> None:
    """One line for a fault nobody expected, and one more in the metric.

    The places it passed are named, its text only where it is ours: another's may hold a payload.
    """
    front = getattr(scope["app"].state, "front", None) if "app" in scope else None
    if front is not None:
        front.metrics.unexpected.inc()
    log.error(
        "unexpected_error",
        request=request_id_of(scope),
        method=scope["method"],
        error=type(error).__name__,
        problem=str(error) if isinstance(error, GatewayError) else "",
        frames=frames_of(error),
    )


def frames_of(error: BaseException) -> Sequence[str]:
    """Where an error came from, the innermost eight places, without its text."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


class _Answer:
    """Sends messages on, adding what every answer carries."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.started = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            given = {name.lower(): value for name, value in message["headers"]}
            added = [(b"x-request-id", self._request_id.encode())]
            added += [header for header in _SAFE_HEADERS if header[0] not in given]
            if given.get(b"content-type", b"").startswith(b"text/html") and _POLICY not in given:
                added.append((_POLICY, _PAGE_POLICY))
            message["headers"] = [*message["headers"], *added]
        await self._send(message)


_POLICY = b"content-security-policy"
_HEADERS_TOO_LARGE = ApiProblem(431, "headers_too_large", f"headers are limited to {HEADER_BYTES} bytes")
_UNEXPECTED = unavailable("something went wrong here; try again, and tell the operator the X-Request-Id")
_AMBIGUOUS = ApiProblem(
    400, "ambiguous_length", "a body has a Content-Length or is chunked, not both", headers={"Connection": "close"}
)
_NO_HOST = ApiProblem(400, "bad_host", "a request names its host once", headers={"Connection": "close"})


def _fault_of(scope: Scope) -> ApiProblem | None:
    """What is wrong with a request before anybody looks what it wants.

    Two lengths of one body: a proxy and we might see different requests in the same bytes (RFC 9112, 6.1); so it is
    with two hosts, or none (3.2).
    """
    headers = scope["headers"]
    size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    names = []
    for name, value in headers:
        size += len(name) + len(value)
        names.append(name)
    if size > HEADER_BYTES or len(names) > HEADER_COUNT:
        return _HEADERS_TOO_LARGE
    if b"transfer-encoding" in names and b"content-length" in names:
        return _AMBIGUOUS
    hosts = names.count(b"host")
    return _NO_HOST if hosts > 1 or (not hosts and scope["http_version"] == "1.1") else None
