"""Strict JSON (RFC 8259): what was checked and what is used can never differ.

orjson parses; it already refuses NaN, 1e999, lone surrogates, anything but UTF-8, and text after the value.
What it lets through is looked for with cheap checks that prove its absence for nearly every body, and only
where they cannot, the body is parsed a second time by the slower reader that sees every token.
"""

import json
import re
from collections import Counter

import orjson

from gateway.errors import Unreadable
from gateway.model import JsonValue

DEEPEST = 32
LONGEST_NUMBER = 64  # characters; a phone number written as a number has 15
_BOM = b"\xef\xbb\xbf"
_LONG_DIGITS = re.compile(rb"[0-9]{19}")  # from here on an integer may not fit 64 bits
_AFTER_KEY = re.compile(rb'"[ \t\r\n]*:')
_INT64 = range(-(2**63), 2**63)


def loads(raw: bytes, where: str = "the body") -> JsonValue:
    """One JSON value. Raises Unreadable saying what is wrong and where.

    Refused: duplicate keys, depth over 32, numbers over 64 characters. Integers beyond 64 bits become text.
    """
    text = raw.removeprefix(_BOM)
    if not text.strip(b" \t\r\n"):
        raise Unreadable(f"{where} is empty where JSON was expected")
    try:
        value: JsonValue = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"{where} is not JSON: {error}") from error
    members = _members(value, where)
    if _LONG_DIGITS.search(text) or len(_AFTER_KEY.findall(text)) != members:
        return _read_every_token(text, where)
    return value


def _members(value: JsonValue, where: str) -> int:
    """How many object members the value holds in all. Raises Unreadable where it is too deep."""
    members, level, depth = 0, [value], 0
    while level:
        below: list[JsonValue] = []
        for one in level:
            if isinstance(one, dict):
                members += len(one)
                below.extend(one.values())
            elif isinstance(one, list):
                below.extend(one)
            else:
                continue
            if depth >= DEEPEST:
                raise Unreadable(f"{where} is nested more than {DEEPEST} levels deep")
        level, depth = below, depth + 1
    return members


def _read_every_token(text: bytes, where: str) -> JsonValue:
    """The same value by the reader that sees duplicate keys and long numbers. `text` is known to be JSON."""
    try:
        value: JsonValue = json.loads(
            text.decode("utf-8"), object_pairs_hook=_without_duplicates, parse_int=_integer, parse_float=_number
        )
    except _Refused as error:
        raise Unreadable(f"{where}: {error}") from error
    return value


class _Refused(Exception):
    """A token that is well-formed JSON and still not taken."""


def _without_duplicates(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    if len(members) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise _Refused(f"the key {shown(twice)} stands twice in one object")
    return members


def _integer(digits: str) -> int | str:
    _bounded(digits)
    value = int(digits)
    return value if value in _INT64 else digits


def _number(digits: str) -> float:
    _bounded(digits)
    return float(digits)


def _bounded(digits: str) -> None:
    if len(digits) > LONGEST_NUMBER:
        raise _Refused(f"a number is longer than {LONGEST_NUMBER} characters")


def shown(name: str) -> str:
    """A name from a body, safe in an error: cut, and with long runs of digits hidden (it may be a phone number)."""
    cut = name if len(name) <= _SHOWN else name[:_SHOWN] + "…"
    return repr(_DIGITS.sub("#", cut))


_SHOWN = 40
_DIGITS = re.compile(r"\d{5,}")
