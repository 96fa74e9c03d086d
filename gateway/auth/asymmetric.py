"""Signatures by a key pair: the sender keeps the private key, we hold the public one (Ed25519, RSA).

A copy of our configuration cannot forge such a signature. Nothing here is secret, so nothing needs constant time.
"""

from datetime import datetime
from typing import Literal

from pydantic import Field, model_validator

from gateway.auth.keys import first_match, passed
from gateway.auth.public_keys import PublicAlgorithm, is_signed_by, private_key, public_key, signature_by
from gateway.auth.signed_headers import SignedHeader
from gateway.auth.templates import names_part, render
from gateway.contracts import Source
from gateway.errors import NotAuthentic
from gateway.model import Request

_LONGEST_SIGNATURE = 1024  # bytes: RSA with 8192 bits


class Asymmetric(SignedHeader):
    """A signature by the sender's private key, in a header.

    The source's secrets are the public keys. A secret may also be a private key: its public half verifies, and
    samples can be signed with it. A sender whose one public key is published needs no secrets: `published`.
    """

    name: str = Field("asymmetric", description="how the scheme is called in the ledger")
    algorithm: PublicAlgorithm = "ed25519"
    published: str | None = Field(None, description="the sender's public key, used where the source has no secrets")
    encoding: Literal["hex", "base64"] = "base64"

    @model_validator(mode="after")
    def _holds_no_secret(self) -> "Asymmetric":
        if names_part(self.signed, "secret") or names_part(self.signed, "key"):
            raise ValueError("nothing secret is signed under a public key: leave out {secret} and {key}")
        return self

    def verify(self, request: Request, source: Source, now: datetime) -> str:
        """How the request passed. Raises NotAuthentic."""
        signatures, stamp = self._read(request, None)
        message = render(self.signed, request, timestamp=stamp, secret=b"")
        position = first_match(self._keys(source), lambda text: self._matches(text, signatures, message))
        if position is None:
            raise NotAuthentic(f"{self.name}: the signature does not match")
        if self.timestamp is not None and stamp is not None:
            self.timestamp.check(stamp, now, source.clock_skew)
        return passed(self.name, position, source) if source.secrets else f"{self.name}, the sender's published key"

    def sign(self, request: Request, source: Source, now: datetime) -> tuple[tuple[str, str], ...]:
        """The headers a sender adds. Raises ValueError unless the first live secret is a private key."""
        key = private_key(source.secrets[0], self.algorithm) if source.secrets else None
        if key is None:
            raise ValueError(
                f"{self.name}: only the sender has the private key; to sign samples, make a pair of your "
                "own and put its private key first among the secrets"
            )
        stamp = self.timestamp.write(now) if self.timestamp is not None else None
        return self._headers(signature_by(key, render(self.signed, request, timestamp=stamp, secret=b"")), stamp)

    def check(self, source: Source) -> list[str]:
        """What is wrong with the source's secrets as keys, and with what the signature does not cover."""
        problems = [
            f"secret {number} is no {self.algorithm} public key: write PEM, base64, or whpk_…"
            for number, text in enumerate(source.secrets, start=1)
            if public_key(text, self.algorithm) is None
        ]
        if not self._keys(source):
            problems.append(f"{self.name}: the sender's public key must stand among the secrets")
        return problems + self._uncovered(source)

    def _keys(self, source: Source) -> tuple[bytes, ...]:
        return source.secrets or ((self.published.encode("ascii"),) if self.published else ())

    def _matches(self, text: bytes, signatures: list[bytes], message: bytes) -> bool:
        key = public_key(text, self.algorithm)
        return key is not None and any(
            len(one) <= _LONGEST_SIGNATURE and is_signed_by(key, one, message) for one in signatures
        )
