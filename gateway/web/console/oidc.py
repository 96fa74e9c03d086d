"""OpenID Connect, our half: where to send a browser, what its code is worth, and whether an id token may be believed.

OpenID Connect Core 1.0, section 3.1 (authorization code flow), with PKCE (RFC 7636, S256), the discovery document, and
`iss` in the answer (RFC 9207) where the service sends it. Signatures and claims are checked by joserfc. The service's
keys are fetched at each sign-in, so that a withdrawn key is withdrawn at once.
"""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import orjson
from joserfc import jwk, jwt
from joserfc.errors import JoseError
from pydantic import BaseModel, Field, ValidationError

from gateway.errors import GatewayError
from gateway.model import record
from gateway.rules.console import Oidc, SureAddress

_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
_WELL_KNOWN = "/.well-known/openid-configuration"
_DEADLINE_SECONDS = 10
_ANSWER_BYTES = 1024 * 1024
_TOKEN_CHARACTERS = 100_000
_LEEWAY_SECONDS = 60
_KEPT_FOR = timedelta(minutes=10)


class NotVouchedFor(GatewayError):
    """The sign-in service does not answer, refuses, or says what cannot be believed. The text is safe to show."""


class Endpoints(BaseModel):
    """What is read of a discovery document (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization_endpoint: SureAddress
    token_endpoint: SureAddress
    jwks_uri: SureAddress
    token_endpoint_auth_methods_supported: tuple[str, ...] = Field(("client_secret_basic",))


@record
class Flow:
    """One sign-in of one browser: all that must be guessed follows from a token only that browser has."""

    token: str
    redirect: str

    @property
    def state(self) -> str:
        """What comes back with the code: the browser that began is the one that ends."""
        return self._part("state")

    @property
    def nonce(self) -> str:
        """What the id token must hold: it was made for this sign-in."""
        return self._part("nonce")

    @property
    def verifier(self) -> str:
        """PKCE's secret: whoever catches the code cannot use it."""
        return self._part("verifier")

    @property
    def challenge(self) -> str:
        """PKCE's public half."""
        return _base64(sha256(self.verifier.encode()).digest())

    def _part(self, name: str) -> str:
        return _base64(sha256(f"{name}:{self.token}".encode()).digest())


class Discovery:
    """Discovery documents, kept for ten minutes, so that a stranger's clicks do not become requests elsewhere."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[datetime, Endpoints]] = {}

    async def find(self, oidc: Oidc, *, now: datetime) -> Endpoints:
        """Where the service does what. Raises NotVouchedFor."""
        kept = self._kept.get(oidc.issuer)
        if kept is not None and now - kept[0] < _KEPT_FOR:
            return kept[1]
        told = await _ask("GET", oidc.issuer.rstrip("/") + _WELL_KNOWN)
        try:
            found = Endpoints.model_validate(told)
        except ValidationError:
            raise NotVouchedFor("its discovery document lacks what is needed") from None
        if found.issuer != oidc.issuer:
            raise NotVouchedFor("its discovery document names another issuer")
        self._kept = {oidc.issuer: (now, found)}
        return found


def address_to_begin(oidc: Oidc, endpoints: Endpoints, flow: Flow) -> str:
    """Where the browser goes to sign in."""
    query = {
        "response_type": "code",
        "client_id": oidc.client_id,
        "redirect_uri": flow.redirect,
        "scope": " ".join(dict.fromkeys(("openid", *oidc.scopes))),
        "state": flow.state,
        "nonce": flow.nonce,
        "code_challenge": flow.challenge,
        "code_challenge_method": "S256",
    }
    separator = "&" if urlsplit(endpoints.authorization_endpoint).query else "?"
    return f"{endpoints.authorization_endpoint}{separator}{urlencode(query)}"


async def claims_for(oidc: Oidc, endpoints: Endpoints, flow: Flow, code: str, *, now: datetime) -> Mapping[str, Any]:
    """What the service says of whoever brought this code. Raises NotVouchedFor."""
    told = await _exchange(oidc, endpoints, flow, code)
    text = told.get("id_token")
    if not isinstance(text, str) or len(text) > _TOKEN_CHARACTERS:
        raise NotVouchedFor("it gave no id token")
    return read_id_token(text, await _ask("GET", endpoints.jwks_uri), oidc, nonce=flow.nonce, now=now)


def read_id_token(text: str, keys: Mapping[str, Any], oidc: Oidc, *, nonce: str, now: datetime) -> Mapping[str, Any]:
    """The claims of an id token the service signed for us, for this sign-in, lately. Raises NotVouchedFor."""
    expected = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=_LEEWAY_SECONDS,
        iss={"essential": True, "value": oidc.issuer},
        aud={"essential": True, "value": oidc.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        token = jwt.decode(text, _public_keys(keys), algorithms=_ALGORITHMS)
        expected.validate(token.claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise NotVouchedFor(f"its id token cannot be believed ({type(error).__name__})") from None
    audience, party = token.claims["aud"], token.claims.get("azp")
    several = isinstance(audience, list) and len(audience) > 1
    if party != oidc.client_id and (several or party is not None):
        raise NotVouchedFor("its id token is for somebody else")
    return token.claims


def _public_keys(keys: Mapping[str, Any]) -> jwk.KeySet:
    """The keys that may sign; a shared secret in a public place is none."""
    listed = keys.get("keys")
    maps = [key for key in listed if isinstance(key, dict)] if isinstance(listed, list) else []
    usable = [key for key in maps if key.get("kty") != "oct" and key.get("use", "sig") == "sig"]
    return jwk.KeySet.import_key_set({"keys": usable})


async def _exchange(oidc: Oidc, endpoints: Endpoints, flow: Flow, code: str) -> Mapping[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": flow.redirect,
        "code_verifier": flow.verifier,
        "client_id": oidc.client_id,
    }
    if oidc.client_secret is None:
        return await _ask("POST", endpoints.token_endpoint, data=form)
    secret = oidc.client_secret.get_secret_value()
    if "client_secret_basic" not in endpoints.token_endpoint_auth_methods_supported:
        return await _ask("POST", endpoints.token_endpoint, data=form | {"client_secret": secret})
    # RFC 6749, section 2.3.1: both are form-encoded before they are put together
    pair = tuple(urlencode({"": part})[1:] for part in (oidc.client_id, secret))
    return await _ask("POST", endpoints.token_endpoint, data=form, auth=(pair[0], pair[1]))


async def _ask(method: str, url: str, **options: Any) -> Mapping[str, Any]:
    """A JSON object from the service: no redirect, a deadline for the whole of it, and a bound on its size."""
    headers = {"Accept": "application/json"}
    try:
        async with (
            asyncio.timeout(_DEADLINE_SECONDS),
            httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=_DEADLINE_SECONDS) as client,
            client.stream(method, url, headers=headers, **options) as answer,
        ):
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > _ANSWER_BYTES:
                    raise NotVouchedFor("its answer is too long")
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
        raise NotVouchedFor("it does not answer") from None
    if answer.status_code != httpx.codes.OK:
        raise NotVouchedFor(f"it answered {answer.status_code}")
    try:
        told = orjson.loads(bytes(body))
    except orjson.JSONDecodeError:
        told = None
    if not isinstance(told, dict):
        raise NotVouchedFor("its answer is no JSON object")
    return told


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
