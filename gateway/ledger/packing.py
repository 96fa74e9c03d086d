"""Bytes as the ledger keeps them: compressed, and small records by a dictionary of what stands in nearly all of them.

Compressed for itself a record of 300 bytes hardly shrinks; with its usual words known beforehand it becomes 70.
"""

import threading
import zlib
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
import zstandard

from gateway.errors import RecordDamaged
from gateway.model import record

_LEVEL = 3
_BODY_LEVEL = 1
_WORTH_COMPRESSING = 200
_MOST_BYTES = 128 * 1024 * 1024  # of one body, payload or part: the largest body a source may send is 10 MB
_SMALL = 400  # bytes of a usual record: tables for larger ones would cost more to set up than compressing
_DAMAGED = (zstandard.ZstdError, zlib.error, ValueError)
# The byte in front of what was sealed says by which words; JSON, as the first release wrote it, begins otherwise.
# Words never change: what was written by them could not be read again. Better ones get a mark of their own.
_BY_FIRST_WORDS, _BY_TRAINED_WORDS = b"\x01", b"\x02"
_FIRST_WINDOW = 12
_FIRST_WORDS = b"".join(
    (
        b'"error":null,"detail":"event.type == \\"" && payload.?.orValue(\\"\\") == \\"has(payload.',
        b'[{"rule":"","matched":false,"matched":true,',
        b'[["host",["user-agent","accept","accept-encoding","gzip, deflate","connection","keep-alive",',
        b'"x-forwarded-for","x-forwarded-proto","https"],["content-type","application/json"],["content-length","',
        b'"application/x-www-form-urlencoded","(hidden)"],"query":"","scheme":"-hmac (secret 1 of 1)","size":',
        b'{"source":"","provider":"generic","received":17,"method":"POST","content_type":"application/json",',
        b'"remote":"127.0.0.1","headers":',
        b'{"provider":"generic","received":17,"type":"","key":["evt_"],"occurred":null,"person":{"phone":"+1",',
        b'"email":"@example.com","first_name":"","last_name":"","contact_id":""},"never":null}',
        b'{"delivery":"dl_06h","provider":"generic","rule":"","ordinal":0,"number":"","from":"pn_","numbers":[',
        b'"contact":{"id":"{"phone":"+1","tags":["fields":{"}},"campaign":null,"people":["id:main:","tel:+1"],',
        b'"regions":["US","CA"],"zones":["America/New_York","Europe/London"],"consent":null,"consent":{"basis":"",',
        b'"at":17,"source":"form"},"address":null,"priority":1,"received":17',
        b'"reason":"outside_hours","until":17,"hold":true,"facts":{"holiday":"',
        b'[{"guard":"freshness","allow":true,"reason":null,"until":null,"hold":false,"valid_until":17,',
        b'"facts":{"expires_at":"2026-11-23T21:09:39.000000+00:00"}},{"guard":"do_not_call","allow":true,',
        b'"reason":null,"until":null,"hold":false,"valid_until":null,"facts":{"list":"not on it"}},',
        b'{"guard":"destination","allow":true,"reason":null,"until":null,"hold":false,"valid_until":null,',
        b'"facts":{"region":"US"}},{"guard":"scrub","allow":true,"reason":null,"until":null,"hold":false,',
        b'"valid_until":null,"facts":{"lists":"none is required"}},{"guard":"consent","allow":true,"reason":null,',
        b'"until":null,"hold":false,"valid_until":null,"facts":{"basis":"","at":"2026-06-01T12:00:00+00:00",',
        b'"source":""}},{"guard":"hours","allow":true,"reason":null,"until":null,"hold":false,"valid_until":17,',
        b'"facts":{"hours":"09:00-20:00 mon-sat","zones":"America/New_York","zones_from":"number"}}]',
    )
)


@cache
def _trained_words() -> bytes:
    """Trained by tools/sealed_words.py."""
    return files("gateway.ledger").joinpath("sealed_words.zdict").read_bytes()


class _Tools:
    """What compresses and reads: costly to set up, so kept, and used by one thread alone."""

    def __init__(self) -> None:
        terms: dict[str, Any] = {"format": zstandard.FORMAT_ZSTD1_MAGICLESS, "write_content_size": 1}
        terms["write_dict_id"] = 0
        words = zstandard.ZstdCompressionDict(_trained_words(), dict_type=zstandard.DICT_TYPE_FULLDICT)
        small = zstandard.ZstdCompressionParameters.from_level(
            _LEVEL, source_size=_SMALL, dict_size=len(_trained_words()), **terms
        )
        words.precompute_compress(compression_params=small)
        large = zstandard.ZstdCompressionParameters.from_level(_BODY_LEVEL, **terms)
        self.seals = zstandard.ZstdCompressor(dict_data=words, compression_params=small)
        self.unseals = zstandard.ZstdDecompressor(dict_data=words, format=zstandard.FORMAT_ZSTD1_MAGICLESS)
        self.packs = zstandard.ZstdCompressor(compression_params=large)
        self.unpacks = zstandard.ZstdDecompressor(format=zstandard.FORMAT_ZSTD1_MAGICLESS)


_KEPT = threading.local()


def _tools() -> _Tools:
    tools: _Tools | None = getattr(_KEPT, "tools", None)
    if tools is None:
        tools = _KEPT.tools = _Tools()
    return tools


def pack(raw: bytes) -> bytes:
    """A body or payload with one byte in front: `s` compressed, `r` raw, whichever is shorter."""
    if len(raw) >= _WORTH_COMPRESSING:
        compressed = _tools().packs.compress(raw)
        if len(compressed) < len(raw):
            return b"s" + compressed
    return b"r" + raw


def unpack(blob: bytes | None, of: str = "a record") -> bytes | None:
    """What `pack` packed, or with `z` by zlib as it did before; None where its retention has passed.

    Raises RecordDamaged, which names what it is `of`, for anything else, and for what would become larger than 128 MB.
    """
    if blob is None:
        return None
    mark, content = blob[:1], blob[1:]
    try:
        if mark == b"s":
            return _expanded(_tools().unpacks, content)
        return _inflated(zlib.decompressobj(), content) if mark == b"z" else content
    except _DAMAGED as error:
        raise RecordDamaged(f"{of}: what is stored of it is damaged ({type(error).__name__})") from None


def seal(value: object) -> bytes:
    """A part of a record that only Python reads, as few bytes."""
    return _BY_TRAINED_WORDS + _tools().seals.compress(orjson.dumps(value))


def unseal(blob: bytes, of: str = "a record") -> Any:
    """What `seal` sealed, by whichever words, or plain JSON. Raises RecordDamaged, like `unpack`."""
    mark, content = blob[:1], blob[1:]
    try:
        if mark == _BY_TRAINED_WORDS:
            return orjson.loads(_expanded(_tools().unseals, content))
        if mark == _BY_FIRST_WORDS:
            return orjson.loads(_inflated(zlib.decompressobj(-_FIRST_WINDOW, zdict=_FIRST_WORDS), content))
        return orjson.loads(blob)
    except _DAMAGED as error:
        raise RecordDamaged(f"{of}: what is stored of it is damaged ({type(error).__name__})") from None


def _expanded(tool: zstandard.ZstdDecompressor, content: bytes) -> bytes:
    """What zstd compressed; the size is looked at first, for that much is allocated before anything is read."""
    told = zstandard.get_frame_parameters(content, zstandard.FORMAT_ZSTD1_MAGICLESS).content_size
    if told > _MOST_BYTES:
        raise ValueError("larger than anything stored")
    return tool.decompress(content, max_output_size=_MOST_BYTES)


def _inflated(tool: "zlib._Decompress", content: bytes) -> bytes:
    """What zlib compressed, whole."""
    found = tool.decompress(content, _MOST_BYTES)
    if not tool.eof:
        raise ValueError("it is cut off, or larger than anything stored")
    return found


@record
class Carried:
    """A script's JSON and the bytes in it, which JSON cannot hold: it has their numbers, counted from 1."""

    text: bytes
    blobs: tuple[bytes, ...]


def carried(fields: object) -> Carried:
    """Fields as a script is given them. Raises TypeError for what is neither JSON nor bytes."""
    blobs: list[bytes] = []

    def refer(value: object) -> int:
        if not isinstance(value, bytes):
            raise TypeError(f"{type(value).__name__} is neither JSON nor bytes")
        blobs.append(value)
        return len(blobs)

    text = orjson.dumps(fields, default=refer)
    return Carried(text=text, blobs=tuple(blobs))
