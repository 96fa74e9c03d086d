"""The door of /v1 and /metrics: the key first, then a bounded, strictly read body; only then the routes."""

import hmac
import time
from hashlib import sha256
from math import ceil

import orjson
import structlog
from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.decoding import strict_json
from gateway.errors import Unreadable, WebhookRejected
from gateway.web.answers import outcome_of
from gateway.web.bodies import ClientGone, read_body, replay_body
from gateway.web.front import Front, front_of
from gateway.web.problems import ApiProblem, respond

BODY_BYTES = 64 * 1024
_CSV = "/do-not-call/import"  # the one address that takes something else than JSON
_KEYED = ("/v1", "/metrics")

log = structlog.stdlib.get_logger("dialgate.api")


class Gate:
    """Stands before the router, because FastAPI would read any body, of any size, before asking for the key."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on once it has shown the key and its body is sound."""
        if scope["type"] != "http" or not _is_keyed(scope["path"].removeprefix(scope.get("root_path", ""))):
            await self._app(scope, receive, send)
            return
        try:
            _require_key(scope)
            body = await _strict_body(scope, receive)
        except ApiProblem as problem:
            await respond(problem)(scope, receive, send)
        except ClientGone:
            return
        else:
            scope["state"]["keyed"] = True
            await self._app(scope, replay_body(body, receive), send)


def require_key(request: Request) -> None:
    """For each keyed route, a second time: no route may be reached around the gate."""
    if not request.scope["state"].get("keyed"):
        raise _unauthorized()


def _is_keyed(path: str) -> bool:
    return any(path == keyed or path.startswith(keyed + "/") for keyed in _KEYED)


def _require_key(scope: Scope) -> None:
    """Raises ApiProblem 401, or 429 for an address that guessed too often, whatever key it shows then.

    Digests are compared, so that not even the key's length shows in the time taken.
    """
    front = front_of(scope)
    given = [value for name, value in scope["headers"] if name == b"authorization"]
    kind, _, key = given[0].partition(b" ") if len(given) == 1 else (b"", b"", b"")
    configured = front.settings.api_key
    expected = configured.get_secret_value().encode() if configured is not None else b""
    same = hmac.compare_digest(sha256(key.strip()).digest(), sha256(expected).digest())
    with front.lockout.alone():
        _judge(
            front, front.client_of(scope), time.monotonic(), given=bool(key), right=same and kind.lower() == b"bearer"
        )


def _judge(front: Front, address: str, now: float, *, given: bool, right: bool) -> None:
    wait = front.lockout.wait(address, now)
    if wait:
        front.metrics.wrong_keys.labels("locked_out").inc()
        raise _locked_out(wait)
    if right and front.settings.api_key is not None and front.settings.api_key.get_secret_value():
        front.lockout.right(address)
        return
    if given:
        front.metrics.wrong_keys.labels("refused").inc()
        if front.lockout.wrong(address, now):
            log.warning("api.locked_out", address=address, seconds=round(front.lockout.wait(address, now)))
    raise _unauthorized()


def _locked_out(wait: float) -> ApiProblem:
    detail = "too many wrong keys came from this address: wait"
    return ApiProblem(429, "too_many_wrong_keys", detail, headers={"Retry-After": str(ceil(wait))})


def _unauthorized() -> ApiProblem:
    detail = "send the API key as `Authorization: Bearer <key>`"
    return ApiProblem(401, "unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})


async def _strict_body(scope: Scope, receive: Receive) -> bytes:
    """The body as JSON that holds what it seems to hold: no duplicate keys, NaN, or lone surrogates.

    The CSV of an import as it is.
    """
    try:
        body = await read_body(receive, scope["headers"], limit=BODY_BYTES)
    except WebhookRejected as error:
        raise ApiProblem(error.status, outcome_of(error), str(error)) from None
    if not body:
        return body
    kinds = [value for name, value in scope["headers"] if name == b"content-type"]
    kind = kinds[0].partition(b";")[0].strip().lower() if len(kinds) == 1 else b""
    if kind == b"text/csv" and scope["path"].endswith(_CSV):
        return body
    if kind != b"application/json":
        raise ApiProblem(415, "not_json", "send a JSON body as `Content-Type: application/json`")
    try:
        return orjson.dumps(strict_json.loads(body))
    except Unreadable as error:
        raise ApiProblem(422, "unreadable", str(error)) from None
