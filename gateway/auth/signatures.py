"""Shared-secret signatures: HMAC, and plain digests with the secret inside (HubSpot v1 and v2).

One declarative model covers every such scheme; providers write theirs as a constant, `generic` takes it
from YAML. Everything is computed over raw bytes and compared in constant time.
"""

import hashlib
import hmac
from datetime import datetime
from typing import Literal

from pydantic import Field, model_validator

from gateway.auth.keys import KeyForm, first_match, key_from, passed, wrong_keys
from gateway.auth.signed_headers import Pairs, SignedHeader
from gateway.auth.templates import names_part, render
from gateway.contracts import Source
from gateway.errors import NotAuthentic
from gateway.model import Request

__all__ = ["Hmac", "Pairs"]


class Hmac(SignedHeader):
    """A signature by a shared secret, in a header."""

    name: str = Field("hmac", description="how the scheme is called in the ledger")
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    keyed: bool = Field(True, description="false: a plain digest of a template that holds {secret}")
    key: KeyForm = Field("utf8", description="how the secret is written")

    @model_validator(mode="after")
    def _keyed_or_mixed_in(self) -> "Hmac":
        if names_part(self.signed, "secret") == self.keyed:
            raise ValueError("a plain digest (keyed: false) must contain {secret}, a keyed one must not")
        return self

    def verify(self, request: Request, source: Source, now: datetime) -> str:
        """How the request passed. Raises NotAuthentic; the text is the same whichever secret was wrong."""
        signatures, stamp = self._read(request, hashlib.new(self.algorithm).digest_size)
        position = first_match(
            source.secrets, lambda secret: self._matches(signatures, self._digest(secret, request, stamp))
        )
        if position is None:
            raise NotAuthentic(f"{self.name}: the signature does not match")
        if self.timestamp is not None and stamp is not None:
            self.timestamp.check(stamp, now, source.clock_skew)
        return passed(self.name, position, source)

    def sign(self, request: Request, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
        """The headers a sender adds, signed with the first live secret. Raises ValueError without a usable one."""
        stamp = self.timestamp.write(now) if self.timestamp is not None else None
        digest = self._digest(source.secrets[0], request, stamp) if source.secrets else None
        if digest is None:
            raise ValueError(f"{self.name}: the source has no usable secret to sign with")
        return self._headers(digest, stamp)

    def check(self, source: Source) -> list[str]:
        """What is wrong with the source's secrets as keys of this scheme, and with what it leaves unsigned."""
        return wrong_keys(source, self.key) + self._uncovered(source)

    def _digest(self, secret: bytes, request: Request, stamp: str | None) -> bytes | None:
        key = key_from(secret, self.key)
        if key is None:
            return None
        message = render(self.signed, request, timestamp=stamp, secret=key)
        if self.keyed:
            return hmac.digest(key, message, self.algorithm)
        return hashlib.new(self.algorithm, message).digest()

    def _matches(self, signatures: list[bytes], digest: bytes | None) -> bool:
        return digest is not None and sum(hmac.compare_digest(one, digest) for one in signatures) > 0
