"""Static secrets sent as they stand: header, bearer, query, body field, path, and HTTP basic.

They prove who sends, not what: nothing binds the body and nothing grows old. TLS is what protects them.
"""

import hmac
import math
from base64 import b64encode
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

from pydantic import Field

from gateway.auth.fields import sole_header, sole_parameter
from gateway.auth.keys import decode_base64, first_match, passed, wrong_keys
from gateway.contracts import Source
from gateway.decoding.content import BodyKind, decode_body
from gateway.decoding.fields import FieldPath, with_field
from gateway.decoding.selectors import select
from gateway.errors import NotAuthentic, Unreadable
from gateway.model import Request
from gateway.policy import Strict

_LEAST_PATH_BITS = 128
_LEAST_DISTINCT = 10  # characters; fewer is a pattern, not a draw


def _matching(scheme: str, given: bytes, source: Source) -> str:
    position = first_match(source.secrets, lambda secret: bool(secret) and hmac.compare_digest(given, secret))
    if position is None:
        raise NotAuthentic(f"{scheme}: the token does not match")
    return passed(scheme, position, source)


def _first_secret(source: Source) -> str:
    if not source.secrets:
        raise ValueError("the source has no secret to send")
    return source.secrets[0].decode("utf-8")


class HeaderToken(Strict):
    """A live secret as a header's value, after an optional prefix."""

    name: str = Field(min_length=1, description="the header")
    prefix: str = Field("", description="text before the token, in any case, e.g. `Token `")

    def verify(self, request: Request, source: Source, _: datetime) -> str:
        """How the request passed. Raises NotAuthentic."""
        text, scheme = sole_header(request, self.name), self._scheme
        if text[: len(self.prefix)].lower() != self.prefix.lower():
            raise NotAuthentic(f"{scheme}: the header holds no token of this kind")
        return _matching(scheme, text[len(self.prefix) :].encode("ascii"), source)

    def sign(self, _: Request, source: Source, __: datetime) -> tuple[tuple[str, str], ...]:
        """The header with the first live secret."""
        return ((self.name.lower(), self.prefix + _first_secret(source)),)

    def query(self, _: Source) -> str:
        """Nothing."""
        return ""

    def check(self, source: Source) -> list[str]:
        """What is wrong with the source's secrets as tokens."""
        unsendable = [
            f"secret {number} cannot stand in a header: it holds more than printable ASCII"
            for number, secret in enumerate(source.secrets, start=1)
            if not (secret.isascii() and secret.decode("ascii").isprintable())
        ]
        return wrong_keys(source, "utf8") + unsendable

    @property
    def _scheme(self) -> str:
        return "bearer token" if self.prefix == "Bearer " else "header token"


BEARER = HeaderToken(name="Authorization", prefix="Bearer ")


class QueryToken(Strict):
    """A live secret as a query parameter. It ends up in access logs on its way: prefer a header."""

    name: str = Field(min_length=1, description="the parameter")

    def verify(self, request: Request, source: Source, _: datetime) -> str:
        """How the request passed. Raises NotAuthentic."""
        return _matching("query token", sole_parameter(request, self.name).encode("utf-8", "replace"), source)

    def sign(self, _: Request, __: Source, ___: datetime) -> tuple[tuple[str, str], ...]:
        """No headers: the token stands in the query."""
        return ()

    def query(self, source: Source) -> str:
        """The parameter with the first live secret."""
        return urlencode({self.name: _first_secret(source)})

    def check(self, source: Source) -> list[str]:
        """What is wrong with the source's secrets as tokens."""
        return wrong_keys(source, "utf8")


class BodyToken(Strict):
    """A live secret as a field of the body, as Google's lead forms send it."""

    name: FieldPath = Field(description="the field's path, e.g. google_key or auth.token")
    kind: BodyKind = Field("auto", description="how the body is read; auto goes by its content type")

    def verify(self, request: Request, source: Source, _: datetime) -> str:
        """How the request passed. Raises NotAuthentic, also when the body cannot be read."""
        try:
            value = select(decode_body(request, self.kind), self.name)
        except Unreadable as error:
            raise NotAuthentic("body token: the body cannot be read") from error
        if not isinstance(value, str):
            raise NotAuthentic("body token: the field is missing or not text")
        return _matching("body token", value.encode("utf-8"), source)

    def sign(self, _: Request, __: Source, ___: datetime) -> tuple[tuple[str, str], ...]:
        """No headers: the token must already be in the body (`fill`)."""
        return ()

    def query(self, _: Source) -> str:
        """Nothing."""
        return ""

    def fill(self, request: Request, source: Source) -> bytes:
        """The body as the sender writes it: with the first live secret in its field."""
        return with_field(request, self.name, _first_secret(source))

    def check(self, source: Source) -> list[str]:
        """What is wrong with the source's secrets as tokens."""
        return wrong_keys(source, "utf8")


class Basic(Strict):
    """HTTP basic authentication (RFC 7617): a user name of the configuration, a live secret as the password."""

    user: str = Field(min_length=1, pattern="^[^:]+$", description="the user name")

    def verify(self, request: Request, source: Source, _: datetime) -> str:
        """How the request passed. Raises NotAuthentic."""
        scheme, _space, encoded = sole_header(request, "authorization").partition(" ")
        try:
            user, colon, password = decode_base64(encoded.strip().encode("ascii")).partition(b":")
        except ValueError as error:
            raise NotAuthentic("basic: the header is malformed") from error
        if scheme.lower() != "basic" or not colon:
            raise NotAuthentic("basic: the header is malformed")
        same_user = hmac.compare_digest(user, self.user.encode("utf-8"))
        position = first_match(source.secrets, lambda secret: bool(secret) and hmac.compare_digest(password, secret))
        if position is None or not same_user:
            raise NotAuthentic("basic: the user or password does not match")
        return passed("basic", position, source)

    def sign(self, _: Request, source: Source, __: datetime) -> tuple[tuple[str, str], ...]:
        """The header with the first live secret."""
        pair = f"{self.user}:{_first_secret(source)}".encode()
        return (("authorization", f"Basic {b64encode(pair).decode()}"),)

    def query(self, _: Source) -> str:
        """Nothing."""
        return ""

    def check(self, source: Source) -> list[str]:
        """What is wrong with the source's secrets as passwords."""
        return wrong_keys(source, "utf8")


class PathToken(Strict):
    """The address itself is the secret: /hooks/{source}/{token}. `require_path` has compared it already."""

    path: Literal[True] = True

    def verify(self, _: Request, source: Source, __: datetime) -> str:
        """How the request passed. Raises NotAuthentic for a source without a path token."""
        if not source.path_token:
            raise NotAuthentic("path token: the source has none")
        return "path token"

    def sign(self, _: Request, __: Source, ___: datetime) -> tuple[tuple[str, str], ...]:
        """No headers: the token is part of the address."""
        return ()

    def query(self, _: Source) -> str:
        """Nothing."""
        return ""

    def check(self, source: Source) -> list[str]:
        """Whether the path token is there and cannot be guessed."""
        if source.path_token is None:
            return ["authentication by path needs a path_token"]
        if path_token_bits(source.path_token) < _LEAST_PATH_BITS:
            return ["path_token can be guessed: draw one of 128 bits or more, e.g. with `openssl rand -hex 24`"]
        return []


def require_path(request: Request, source: Source) -> None:
    """Raises NotAuthentic unless the address carries exactly the path token the source has, or neither has one."""
    given = (request.path_token or "").encode("utf-8", "surrogatepass")
    expected = (source.path_token or "").encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(given, expected):
        raise NotAuthentic("the address is not the source's")


def path_token_bits(token: str) -> float:
    """At most how many random bits a token of this length and alphabet can hold; 0 for an obvious pattern."""
    if len(set(token)) < _LEAST_DISTINCT:
        return 0.0
    if all(character in "0123456789abcdef" for character in token.lower()):
        return len(token) * 4.0
    return len(token) * math.log2(62 if token != token.lower() else 36)
