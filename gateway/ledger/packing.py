"""Bytes as the ledger keeps them: compressed, and small records with a dictionary of what stands in nearly all of them.

Compressed for itself a record of 300 bytes hardly shrinks; with its usual words known beforehand it becomes 80.
"""

import zlib
from typing import Any

import orjson

from gateway.model import record

_WORTH_COMPRESSING = 200
_SMALL = 4096  # bytes; setting up zlib's usual 32 KiB window costs ten times what compressing a webhook does
_SMALL_WINDOW, _SMALL_MEMORY = 12, 5
_FIRST_DICTIONARY = b"\x01"  # in front of what was compressed with it; JSON begins otherwise
# Never changed: what was written with it could not be read again. Another gets a mark of its own.
_WORDS = b"".join(
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
# Copied for each record: setting one up costs more than compressing.
_PRIMED = zlib.compressobj(6, zlib.DEFLATED, -_SMALL_WINDOW, _SMALL_MEMORY, zlib.Z_DEFAULT_STRATEGY, _WORDS)


def pack(raw: bytes) -> bytes:
    """A body or payload with one byte in front: `z` compressed, `r` raw, whichever is shorter."""
    if len(raw) >= _WORTH_COMPRESSING:
        compressed = _compressed(raw)
        if len(compressed) < len(raw):
            return b"z" + compressed
    return b"r" + raw


def unpack(blob: bytes | None) -> bytes | None:
    """What `pack` packed; None where its retention has passed."""
    if blob is None:
        return None
    return zlib.decompress(blob[1:]) if blob[:1] == b"z" else blob[1:]


def seal(value: object) -> bytes:
    """A part of a record that only Python reads, as few bytes."""
    stream = _PRIMED.copy()
    return _FIRST_DICTIONARY + stream.compress(orjson.dumps(value)) + stream.flush()


def unseal(blob: bytes) -> Any:
    """What `seal` sealed, or plain JSON as earlier releases wrote it."""
    if blob[:1] != _FIRST_DICTIONARY:
        return orjson.loads(blob)
    return orjson.loads(zlib.decompressobj(-_SMALL_WINDOW, zdict=_WORDS).decompress(blob[1:]))


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


def _compressed(raw: bytes) -> bytes:
    if len(raw) > _SMALL:
        return zlib.compress(raw, 1)
    stream = zlib.compressobj(1, zlib.DEFLATED, _SMALL_WINDOW, _SMALL_MEMORY)
    return stream.compress(raw) + stream.flush()
