"""Form bodies and query strings: ordered pairs, one object of them, and PHP's bracket names."""

import re
from collections.abc import Iterable
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from gateway.decoding.charsets import decode_text
from gateway.decoding.strict_json import shown
from gateway.errors import Unreadable
from gateway.model import JsonObject, JsonValue

MOST_FIELDS = 1000
DEEPEST_BRACKETS = 8
_BRACKETED = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
_BRACKET = re.compile(r"\[([^\[\]]*)\]")

Pair: TypeAlias = tuple[str, JsonValue]


def parse_urlencoded(raw: bytes, *, codec: str = "utf-8", where: str = "the form") -> list[Pair]:
    """Pairs in order, repeats kept (WHATWG URL Standard, section 5.1), except that bytes must fit the charset.

    Raises Unreadable for more than 1000 fields or text that is not in the charset.
    """
    if raw.count(b"&") >= MOST_FIELDS:
        raise Unreadable(f"{where} has more than {MOST_FIELDS} fields")
    pairs: list[Pair] = []
    for number, item in enumerate(filter(None, raw.split(b"&")), start=1):
        name, _, value = item.replace(b"+", b" ").partition(b"=")
        place = f"field {number} of {where}"
        pairs.append((_text(name, codec, place), _text(value, codec, place)))
    return pairs


def to_object(pairs: Iterable[Pair]) -> JsonObject:
    """One object in the order of first appearance; a repeated name's values become a list."""
    found: JsonObject = {}
    repeated: set[str] = set()
    for name, value in pairs:
        if name not in found:
            found[name] = value
            continue
        kept = found[name]
        if name in repeated and isinstance(kept, list):
            kept.append(value)
        else:
            found[name] = [kept, value]
            repeated.add(name)
    return found


def unfold_brackets(pairs: Iterable[Pair]) -> JsonObject:
    """PHP's names as nested objects: `a[b][c]=1` → {"a": {"b": {"c": "1"}}}, `a[]=1&a[]=2` → {"a": ["1", "2"]}.

    Written numbers stay keys: they are often ids. Raises Unreadable for more than 8 levels, and where one
    name would be two things at once.
    """
    found: JsonObject = {}
    for name, value in to_object(pairs).items():
        _put(found, _steps(name), value, name)
    return found


def _steps(name: str) -> list[str]:
    match = _BRACKETED.fullmatch(name)
    if match is None:
        return [name]
    steps = [match[1], *_BRACKET.findall(match[2])]
    if len(steps) > DEEPEST_BRACKETS:
        raise Unreadable(f"the field {shown(name)} is nested more than {DEEPEST_BRACKETS} levels deep")
    if "" in steps[:-1]:
        raise Unreadable(f"the field {shown(name)} has an empty bracket that is not its last")
    return steps


def _put(found: JsonObject, steps: list[str], value: JsonValue, name: str) -> None:
    many = steps[-1] == "" and len(steps) > 1
    if many:
        steps = steps[:-1]
        value = value if isinstance(value, list) else [value]
    place = found
    for step in steps[:-1]:
        below = place.setdefault(step, {})
        if not isinstance(below, dict):
            raise Unreadable(f"the field {shown(name)} is both a value and a group of values")
        place = below
    if steps[-1] in place:
        raise Unreadable(f"the field {shown(name)} is both a value and a group of values")
    place[steps[-1]] = value


def _text(raw: bytes, codec: str, where: str) -> str:
    return decode_text(unquote_to_bytes(raw), codec, where)
