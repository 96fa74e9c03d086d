"""A header that holds a signature: how it is written, what is signed, and when. Shared by every kind of key."""

from base64 import b64encode
from typing import Literal

from pydantic import Field, field_validator, model_validator

from gateway.auth.fields import sole_header
from gateway.auth.keys import decode_base64
from gateway.auth.templates import covers_body, names_part, parse_template
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


class SignedHeader(Strict):
    """A signature in a header, over a template of the request."""

    name: str = Field("signature", description="how the scheme is called in the ledger")
    header: str = Field(min_length=1, description="the header the signature stands in")
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = Field("", description="text before the signature, e.g. sha256=")
    pairs: Pairs | None = Field(None, description="the header holds key and value pairs")
    signed: str = Field("{body}", description="what is signed, e.g. {timestamp}.{body}")
    covers_body: bool = Field(True, description="false: not all of the body is signed, and a path_token is needed too")
    timestamp: Timestamp | None = Field(None, description="the signed timestamp; without one a copy never grows old")

    @field_validator("signed")
    @classmethod
    def _known_parts(cls, text: str) -> str:
        parse_template(text)
        return text

    @model_validator(mode="after")
    def _one_way_of_writing(self) -> "SignedHeader":
        if covers_body(self.signed) != self.covers_body:
            raise ValueError(
                "signed must contain {body}: else anyone could put another body under a signature; where the sender "
                "signs no more, say covers_body: false, and give the source a path_token"
            )
        if names_part(self.signed, "timestamp") != (self.timestamp is not None):
            raise ValueError("{timestamp} in signed and the timestamp's place need each other")
        if self.prefix and self.pairs:
            raise ValueError("the header has a prefix or pairs, not both")
        if self.timestamp is not None and self.timestamp.field and self.pairs is None:
            raise ValueError("a timestamp in a field needs pairs")
        return self

    def query(self, _: Source) -> str:
        """Nothing: the signature stands in a header."""
        return ""

    def _uncovered(self, source: Source) -> list[str]:
        """What is wrong with a source whose sender leaves something unsigned."""
        if self.covers_body or source.path_token is not None:
            return []
        return [f"{self.name}: the signature does not cover the body, so the source needs a path_token too"]

    def _read(self, request: Request, size: int | None) -> tuple[list[bytes], str | None]:
        """The header's well-formed signatures of `size` bytes (None: any), and the timestamp's text."""
        text = sole_header(request, self.header)
        return self._signatures(text, size), self._timestamp_text(request, text)

    def _signatures(self, text: str, size: int | None) -> list[bytes]:
        if self.pairs is not None:
            candidates = [value for key, value in self.pairs.read(text) if key == self.pairs.signature]
        else:
            candidates = [text.removeprefix(self.prefix)] if text.startswith(self.prefix) else []
        if len(candidates) > _MOST_SIGNATURES:
            raise NotAuthentic(f"{self.name}: too many signatures in one header")
        decoded = [raw for candidate in candidates if (raw := self._decoded(candidate, size)) is not None]
        if not decoded:
            raise NotAuthentic(f"{self.name}: the header {self.header} holds no well-formed signature")
        return decoded

    def _decoded(self, text: str, size: int | None) -> bytes | None:
        try:
            raw = bytes.fromhex(text) if self.encoding == "hex" else decode_base64(text.encode("ascii"))
        except ValueError:
            return None
        spaced = self.encoding == "hex" and len(text) != 2 * len(raw)
        return raw if raw and size in {None, len(raw)} and not spaced else None

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

    def _headers(self, signature: bytes, stamp: str | None) -> tuple[tuple[str, str], ...]:
        """The headers a sender adds."""
        text = signature.hex() if self.encoding == "hex" else b64encode(signature).decode()
        headers = [(self.header.lower(), self._written(text, stamp))]
        if self.timestamp is not None and self.timestamp.header and stamp is not None:
            headers.append((self.timestamp.header.lower(), stamp))
        return tuple(headers)

    def _written(self, signature: str, stamp: str | None) -> str:
        if self.pairs is None:
            return self.prefix + signature
        written = [f"{self.pairs.signature}{self.pairs.joiner}{signature}"]
        if self.timestamp is not None and self.timestamp.field:
            written.insert(0, f"{self.timestamp.field}{self.pairs.joiner}{stamp}")
        return self.pairs.separator.join(written)
