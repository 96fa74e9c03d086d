"""Challenges a sender poses before it sends: echo a text, sign a text, echo a header.

Each function answers its own kind of request and gives None for any other, which then goes the usual way. The
address has been proved by then; what else is proved is said here. Nothing is stored, and nothing a stranger could
ask for is signed except a UUID.

Sources of facts: Meta's "Webhooks: verification requests", Microsoft Learn on LinkedIn's webhook validation, Slack's
`url_verification`, monday.com's "Verify webhook URL", Keap's REST hooks.
"""

import hmac
import re
from collections.abc import Sequence

import orjson

from gateway.auth.keys import first_match
from gateway.auth.schemes import Scheme, verify
from gateway.contracts import Reply, Source
from gateway.decoding import strict_json
from gateway.decoding.content import decode_query
from gateway.errors import NotAuthentic, Unreadable
from gateway.model import JsonObject, Request

_LONGEST = 1000
_PRINTABLE = re.compile(rf"[!-~]{{1,{_LONGEST}}}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_PLAIN = (("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"))


def echo_to_verified(request: Request, tokens: Sequence[bytes], *, prefix: str = "hub.") -> Reply | None:
    """GET with `hub.mode=subscribe`, `hub.verify_token` and `hub.challenge`: the challenge as text (Meta).

    Raises NotAuthentic unless the token is one of these, compared in constant time.
    """
    query = _query(request) if request.method == "GET" else {}
    if query.get(f"{prefix}mode") != "subscribe":
        return None
    given, challenge = query.get(f"{prefix}verify_token"), query.get(f"{prefix}challenge")
    if not isinstance(given, str) or not _is_one_of(given, tokens):
        raise NotAuthentic("handshake: the verify token does not match")
    if not isinstance(challenge, str) or not _PRINTABLE.fullmatch(challenge):
        raise NotAuthentic("handshake: the challenge is missing or malformed")
    return Reply(body=challenge.encode("ascii"), media_type="text/plain", headers=_PLAIN)


def sign_challenge(request: Request, source: Source, *, parameter: str = "challengeCode") -> Reply | None:
    """GET with a challenge: JSON of it and of its hex HMAC-SHA256 with the first live secret (LinkedIn).

    Anyone who knows the address may ask, so only a UUID is signed: never a text that could pass for a delivery.
    Raises NotAuthentic for any other challenge, or without a secret.
    """
    query = _query(request) if request.method == "GET" else {}
    if parameter not in query:
        return None
    challenge = query[parameter]
    if not isinstance(challenge, str) or not _UUID.fullmatch(challenge):
        raise NotAuthentic("handshake: the challenge is no UUID")
    if not source.secrets or not source.secrets[0]:
        raise NotAuthentic("handshake: the source has no secret to sign with")
    signed = hmac.digest(source.secrets[0], challenge.encode("ascii"), "sha256").hex()
    return _json({parameter: challenge, "challengeResponse": signed})


def echo_in_json(
    request: Request, source: Source, *, type_is: str | None = None, schemes: Sequence[Scheme] = ()
) -> Reply | None:
    """POST of JSON with a `challenge`: JSON with the same (monday.com, Slack).

    With `type_is`, only a body whose `type` reads so is one; without, only a body of nothing but the challenge: an
    event is never taken for a handshake. With `schemes` the request must pass one of them, else NotAuthentic.
    """
    body = _object(request)
    challenge = body.get("challenge")
    named = body.get("type") == type_is if type_is is not None else set(body) == {"challenge"}
    if not named or not isinstance(challenge, str) or not 0 < len(challenge) <= _LONGEST:
        return None
    if schemes:
        verify(schemes, request, source, request.received_at)
    return _json({"challenge": challenge})


def echo_header(request: Request, *, name: str = "X-Hook-Secret") -> Reply | None:
    """POST without an event (no body, `{}` or `[]`) and with this header: 200 with the same header (Keap).

    A request that also holds an event must not end here: `echoed_header` goes into the provider's `reply`.
    """
    headers = echoed_header(request, name=name)
    if not headers or request.method != "POST" or request.body.strip() not in {b"", b"{}", b"[]"}:
        return None
    return Reply(headers=headers)


def echoed_header(request: Request, *, name: str = "X-Hook-Secret") -> tuple[tuple[str, str], ...]:
    """The header as it came, to be sent back; nothing where it is absent, twice, or not printable ASCII."""
    value = request.header(name.lower())
    return ((name, value),) if value is not None and _PRINTABLE.fullmatch(value) else ()


def _is_one_of(given: str, tokens: Sequence[bytes]) -> bool:
    raw = given.encode("utf-8")
    return first_match(tokens, lambda token: bool(token) and hmac.compare_digest(raw, token)) is not None


def _query(request: Request) -> JsonObject:
    try:
        return decode_query(request)
    except Unreadable:
        return {}


def _object(request: Request) -> JsonObject:
    """The body, if it is a JSON object that could be a handshake; else nothing."""
    if request.method != "POST" or b'"challenge"' not in request.body or len(request.body) > 8 * _LONGEST:
        return {}
    try:
        value = strict_json.loads(request.body)
    except Unreadable:
        return {}
    return value if isinstance(value, dict) else {}


def _json(value: JsonObject) -> Reply:
    return Reply(body=orjson.dumps(value), headers=_PLAIN)
