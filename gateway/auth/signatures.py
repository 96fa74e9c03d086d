"""Shared-secret signatures: HMAC, and plain digests with the secret inside (HubSpot v1 and v2).

One declarative model covers every such scheme; providers write theirs as a constant, `generic` takes it
from YAML. Everything is computed over raw bytes and compared in constant time.
"""

import hashlib
import hmac
from base64 import b64encode
from datetime import datetime
from typing import Literal

from pydantic import Field, field_validator, model_validator

from gateway.auth.fields import sole_header
from gateway.auth.keys import KeyForm, decode_base64, first_match, key_from, passed, wrong_keys
from gateway.auth.templates import names_part, parse_template, render
from gateway.auth.timestamps import Timestamp
from gateway.contracts import Source
from gateway.errors import NotAuthentic
from gateway.model import Request
from gateway.policy import Strict

_MOST_SIGNATURES = 16  # in one header: rotation needs two, nobody needs more


class Pairs(Strict):
    """A signature header made of key and value pairs: `t=1,v1=ab,v1=cd`, or `v1,ab v1,cd`."""

    signature: str = Field("v1", min_length=1, description="key of the signatures; other keys are skipped")
    separator: str = Field(",", min_length=1, description="between pairs")
    joiner: str = Field("=", min_length=1, description="between key and value")

    def read(self, text: str) -> list[tuple[str, str]]:
        """The pairs of a header, in order; what is not a pair is left out."""
        items = (item.strip(" \t").partition(self.joiner) for item in text.split(self.separator))
        return [(key, value) for key, joiner, value in items if joiner]


class Hmac(Strict):
    """A signature by a shared secret, in a header."""

    name: str = Field("hmac", description="how the scheme is called in the ledger")
    header: str = Field(min_length=1, description="the header the signature stands in")
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = Field("", description="text before the signature, e.g. sha256=")
    pairs: Pairs | None = Field(None, description="the header holds key and value pairs")
    signed: str = Field("{body}", description="what is signed, e.g. {timestamp}.{body}")
    keyed: bool = Field(True, description="false: a plain digest of a template that holds {secret}")
    key: KeyForm = Field("utf8", description="how the secret is written")
    timestamp: Timestamp | None = Field(None, description="the signed timestamp; without one a copy never grows old")

    @field_validator("signed")
    @classmethod
    def _known_parts(cls, text: str) -> str:
        parse_template(text)
        return text

    @model_validator(mode="after")
    def _binds_what_it_says(self) -> "Hmac":
        if not names_part(self.signed, "body"):
            raise ValueError("signed must contain {body}: else anyone could put another body under a signature")
        if names_part(self.signed, "secret") == self.keyed:
            raise ValueError("a plain digest (keyed: false) must contain {secret}, a keyed one must not")
        if names_part(self.signed, "timestamp") != (self.timestamp is not None):
            raise ValueError("{timestamp} in signed and the timestamp's place need each other")
        if self.prefix and self.pairs:
            raise ValueError("the header has a prefix or pairs, not both")
        if self.timestamp is not None and self.timestamp.field and self.pairs is None:
            raise ValueError("a timestamp in a field needs pairs")
        return self

    def verify(self, request: Request, source: Source, now: datetime) -> str:
        """How the request passed. Raises NotAuthentic; the text is the same whichever secret was wrong."""
        text = sole_header(request, self.header)
        signatures = self._signatures(text)
        stamp = self._timestamp_text(request, text)
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
        signature = digest.hex() if self.encoding == "hex" else b64encode(digest).decode()
        headers = [(self.header.lower(), self._written(signature, stamp))]
        if self.timestamp is not None and self.timestamp.header and stamp is not None:
            headers.append((self.timestamp.header.lower(), stamp))
        return tuple(headers)

    def query(self, _: Source) -> str:
        """Nothing: the signature stands in a header."""
        return ""

    def check(self, source: Source) -> list[str]:
        """What is wrong with the source's secrets as keys of this scheme."""
        return wrong_keys(source, self.key)

    def _signatures(self, text: str) -> list[bytes]:
        if self.pairs is not None:
            candidates = [value for key, value in self.pairs.read(text) if key == self.pairs.signature]
        else:
            candidates = [text.removeprefix(self.prefix)] if text.startswith(self.prefix) else []
        if len(candidates) > _MOST_SIGNATURES:
            raise NotAuthentic(f"{self.name}: too many signatures in one header")
        decoded = [raw for candidate in candidates if (raw := self._decoded(candidate)) is not None]
        if not decoded:
            raise NotAuthentic(f"{self.name}: the header {self.header} holds no well-formed signature")
        return decoded

    def _decoded(self, text: str) -> bytes | None:
        size = hashlib.new(self.algorithm).digest_size
        try:
            raw = bytes.fromhex(text) if self.encoding == "hex" else decode_base64(text.encode("ascii"))
        except ValueError:
            return None
        spaced = self.encoding == "hex" and len(text) != 2 * size
        return raw if len(raw) == size and not spaced else None

    def _timestamp_text(self, request: Request, text: str) -> str | None:
        if self.timestamp is None:
            return None
        if self.timestamp.header is not None:
            return sole_header(request, self.timestamp.header)
        pairs = self.pairs.read(text) if self.pairs is not None else []
        stamps = [value for key, value in pairs if key == self.timestamp.field]
        if len(stamps) != 1:
            raise NotAuthentic(f"{self.name}: the signature holds no timestamp, or several")
        return stamps[0]

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

    def _written(self, signature: str, stamp: str | None) -> str:
        if self.pairs is None:
            return self.prefix + signature
        written = [f"{self.pairs.signature}{self.pairs.joiner}{signature}"]
        if self.timestamp is not None and self.timestamp.field:
            written.insert(0, f"{self.timestamp.field}{self.pairs.joiner}{stamp}")
        return self.pairs.separator.join(written)
