"""A signed token in a header: JSON Web Token (RFC 7519) in compact form, HMAC-SHA256 and nothing else.

The algorithm is ours, never the token's choice: whatever its header says must be HS256, and a key is only ever an
HMAC key. Our own reader rather than a library: with one algorithm there is little to read, and it is read strictly.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from datetime import datetime
from hashlib import sha256

import orjson
from pydantic import Field, field_validator

from gateway.auth.fields import sole_header
from gateway.auth.keys import KeyForm, decode_base64, first_match, key_from, passed, wrong_keys
from gateway.contracts import Source
from gateway.decoding import strict_json
from gateway.errors import NotAuthentic, Unreadable
from gateway.model import JsonObject, JsonValue, Request
from gateway.policy import Duration, Strict

_COMPACT = re.compile(r"([A-Za-z0-9_-]{2,1000})\.([A-Za-z0-9_-]{2,4000})\.([A-Za-z0-9_-]{43})")
_BEARER = "bearer "
_URL = "{url}"
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")


class Jwt(Strict):
    """A token signed with a live secret. It binds the body only by a claim that holds the body's hash."""

    name: str = Field("jwt", description="how the scheme is called in the ledger")
    header: str = Field(
        "Authorization",
        min_length=1,
        validate_default=True,
        description="the header; `Bearer ` before the token is optional",
    )
    key: KeyForm = Field("utf8", description="how the secret is written")
    issuer: str | None = Field(None, description="what the claim iss must be")
    audience: str | None = Field(None, description="what aud must be or hold; {url} for the address without its query")
    expires: bool = Field(True, description="whether exp must be there; where it is, it counts in any case")
    lifetime: Duration = Field("5m", description="of a token signed here", validate_default=True)
    body_hash: str | None = Field(None, min_length=1, description="the claim that holds the body's SHA-256 in hex")

    @field_validator("header")
    @classmethod
    def _lower(cls, header: str) -> str:
        return header.lower()

    def verify(self, request: Request, source: Source, now: datetime) -> str:
        """How the request passed. Raises NotAuthentic."""
        text = sole_header(request, self.header)
        token = text[len(_BEARER) :].strip() if text[: len(_BEARER)].lower() == _BEARER else text
        match = _COMPACT.fullmatch(token)
        if match is None:
            raise NotAuthentic(f"{self.name}: the header {self.header} holds no token")
        message, signature = f"{match[1]}.{match[2]}".encode("ascii"), self._decoded(match[3])
        position = first_match(source.secrets, lambda secret: self._matches(secret, message, signature))
        if position is None:
            raise NotAuthentic(f"{self.name}: the signature does not match")
        if self._object(match[1]).get("alg") != "HS256" or "crit" in self._object(match[1]):
            raise NotAuthentic(f"{self.name}: only HS256 is taken")
        self._check_claims(self._object(match[2]), request, source, now)
        return passed(self.name, position, source)

    def sign(self, request: Request, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
        """The header a sender adds, signed with the first live secret. Raises ValueError without a usable one."""
        key = key_from(source.secrets[0], self.key) if source.secrets else None
        if key is None:
            raise ValueError(f"{self.name}: the source has no usable secret to sign with")
        claims: JsonObject = {"iat": int(now.timestamp())}
        if self.issuer is not None:
            claims["iss"] = self.issuer
        if self.audience is not None:
            claims["aud"] = self._expected_audience(request)
        if self.expires:
            claims["exp"] = int((now + self.lifetime).timestamp())
        if self.body_hash is not None:
            claims[self.body_hash] = sha256(request.body).hexdigest()
        message = b".".join(_encoded(orjson.dumps(part)) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
        token = message + b"." + _encoded(hmac.digest(key, message, "sha256"))
        return ((self.header, token.decode("ascii")),)

    def query(self, _: Source) -> str:
        """Nothing: the token stands in a header."""
        return ""

    def check(self, source: Source) -> list[str]:
        """What is wrong with the source's secrets as keys, and with what the token does not bind."""
        problems = wrong_keys(source, self.key)
        if self.body_hash is None and source.path_token is None:
            problems.append(f"{self.name}: the token does not cover the body, so the source needs a path_token too")
        return problems

    def _matches(self, secret: bytes, message: bytes, signature: bytes) -> bool:
        key = key_from(secret, self.key)
        return key is not None and hmac.compare_digest(hmac.digest(key, message, "sha256"), signature)

    def _decoded(self, part: str) -> bytes:
        try:
            return decode_base64(part.encode("ascii").translate(_TO_STANDARD))
        except ValueError as error:
            raise NotAuthentic(f"{self.name}: the token is malformed") from error

    def _object(self, part: str) -> JsonObject:
        try:
            value = strict_json.loads(self._decoded(part), "the token")
        except Unreadable as error:
            raise NotAuthentic(f"{self.name}: the token is malformed") from error
        if not isinstance(value, dict):
            raise NotAuthentic(f"{self.name}: the token is malformed")
        return value

    def _check_claims(self, claims: JsonObject, request: Request, source: Source, now: datetime) -> None:
        self._check_times(claims, source, now)
        if self.issuer is not None and claims.get("iss") != self.issuer:
            raise NotAuthentic(f"{self.name}: the token is another issuer's")
        if self.audience is not None and self._expected_audience(request) not in _listed(claims.get("aud")):
            raise NotAuthentic(f"{self.name}: the token is for another address")
        if self.body_hash is not None:
            given = claims.get(self.body_hash)
            expected = sha256(request.body).hexdigest().encode("ascii")
            if not isinstance(given, str) or not hmac.compare_digest(given.lower().encode("utf-8"), expected):
                raise NotAuthentic(f"{self.name}: the token is for another body")

    def _check_times(self, claims: JsonObject, source: Source, now: datetime) -> None:
        """exp, nbf and iat (RFC 7519 section 4.1), each within the source's clock skew."""
        present, skew = now.timestamp(), source.clock_skew.total_seconds()
        moments = {claim: claims[claim] for claim in ("exp", "nbf", "iat") if claim in claims}
        if self.expires and "exp" not in moments:
            raise NotAuthentic(f"{self.name}: the token does not say when it expires")
        for claim, moment in moments.items():
            if isinstance(moment, bool) or not isinstance(moment, int | float):
                raise NotAuthentic(f"{self.name}: the token's {claim} is no time")
            if moment + skew < present if claim == "exp" else moment - skew > present:
                raise NotAuthentic(f"{self.name}: the token is outside its time")

    def _expected_audience(self, request: Request) -> str:
        return (self.audience or "").replace(_URL, request.url.partition("?")[0])


def _listed(audience: JsonValue) -> list[JsonValue]:
    return audience if isinstance(audience, list) else [audience]


def _encoded(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")
