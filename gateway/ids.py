"""Identifiers: sortable by time where they name something new, derived where they must repeat."""

import hashlib
from collections.abc import Callable
from datetime import datetime

RandomBytes = Callable[[int], bytes]
_TIME_BYTES = 6
_RANDOM_BYTES = 9


def new_id(prefix: str, *, now: datetime, random: RandomBytes) -> str:
    """A fresh id, e.g. `dl_aayz…`: 48 bits of milliseconds, then 72 random bits; lower-case base32.

    Ids of one prefix sort by time as text (base32hex keeps byte order).
    """
    stamp = int(now.timestamp() * 1000).to_bytes(_TIME_BYTES, "big")
    return f"{prefix}_{_base32hex(stamp + random(_RANDOM_BYTES))}"


def may_be_id(text: str) -> bool:
    """Whether text from outside could be an id. One with a colon would name another key beside a record's."""
    return ":" not in text


def derived_id(prefix: str, *parts: str) -> str:
    """The id these parts always give: parts are length-delimited, so ("ab","c") differs from ("a","bc")."""
    return f"{prefix}_{digest(*parts)[:32]}"


def digest(*parts: str | bytes) -> str:
    """SHA-256 in hex over length-delimited parts."""
    written: list[bytes] = []
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        written += (len(raw).to_bytes(8, "big"), raw)
    return hashlib.sha256(b"".join(written)).hexdigest()


def _base32hex(raw: bytes) -> str:
    """Of bytes whose bits are a multiple of ten: base64.b32encode takes three times as long for the same."""
    number = int.from_bytes(raw, "big")
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(len(raw) * 8 - 10, -1, -10)])


_ALPHABET = "0123456789abcdefghijklmnopqrstuv"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
