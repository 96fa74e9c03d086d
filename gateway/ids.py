"""Identifiers: sortable by time where they name something new, derived where they must repeat."""

import hashlib
from collections.abc import Callable
from datetime import datetime

RandomBytes = Callable[[int], bytes]
_TIME_BYTES = 6
_RANDOM_BYTES = 9
_DERIVED_BITS = 100


def new_id(prefix: str, *, now: datetime, random: RandomBytes) -> str:
    """A fresh id, e.g. `dl_aayz…`: 48 bits of milliseconds, then 72 random bits; lower-case base32.

    Ids of one prefix sort by time as text (base32hex keeps byte order).
    """
    stamp = int(now.timestamp() * 1000).to_bytes(_TIME_BYTES, "big")
    raw = stamp + random(_RANDOM_BYTES)
    return f"{prefix}_{_base32hex(int.from_bytes(raw, 'big'), len(raw) * 8)}"


def may_be_id(text: str) -> bool:
    """Whether text from outside could be an id. One with a colon would name another key beside a record's."""
    return ":" not in text


def derived_id(prefix: str, *parts: str) -> str:
    """The id these parts always give: parts are length-delimited, so ("ab","c") differs from ("a","bc").

    Twenty characters of base32 are the first 100 bits of SHA-256: among a billion ids (2^30), that any two meet has
    a chance of one in two trillion (2^-41).
    """
    return f"{prefix}_{_base32hex(int(digest(*parts)[: _DERIVED_BITS // 4], 16), _DERIVED_BITS)}"


def earlier_derived_id(prefix: str, *parts: str) -> str:
    """The id that 0.1.0 derived of these parts, 128 bits in hex: what belongs to a record of its goes on having it."""
    return f"{prefix}_{digest(*parts)[:32]}"


def digest(*parts: str | bytes) -> str:
    """SHA-256 in hex over length-delimited parts."""
    written: list[bytes] = []
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        written += (len(raw).to_bytes(8, "big"), raw)
    return hashlib.sha256(b"".join(written)).hexdigest()


def _base32hex(number: int, bits: int) -> str:
    """Of so many bits, a multiple of ten: base64.b32encode takes three times as long for the same."""
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(bits - 10, -1, -10)])


_ALPHABET = "0123456789abcdefghijklmnopqrstuv"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
