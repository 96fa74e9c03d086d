"""Conditions in plain YAML, for people who do not write expressions. They become CEL: one engine, one truth.

    all: [ … ]     any: [ … ]     not: { … }
    {field: payload.interest, equals: demo}

A field is a dotted path, or a list of its parts where a name holds dots or blanks; a number in it picks an item
of a list. Missing fields never fail: they equal nothing, hold nothing and do not exist.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from gateway.model import record
from gateway.rules.documents import Path
from gateway.rules.expressions import VARIABLES, Expression, ExpressionError, Kind, Scope
from gateway.rules.problems import did_you_mean
from gateway.rules.shortcuts import All, Among, AnyOf, Node, Not, Reach, Unread

_GROUPS = ("all", "any", "not")
_MAX_DEPTH = 5
_MAX_PARTS = 8
_NUMBER = r"^\s*-?[0-9]+(\.[0-9]+)?\s*$"
_DOTTED = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*$")

Raw: TypeAlias = Mapping[str, object]


@record
class ConditionProblem:
    """Something wrong in a condition, with the path to it inside the condition."""

    path: Path
    message: str


@record
class Condition:
    """A condition read: its CEL, its sentence, and what is wrong (then the others mean nothing).

    `plain` is the same condition as far as it can be told without the engine.
    """

    cel: str = "true"
    plain: Node = Unread()
    sentence: str = ""
    faults: tuple[ConditionProblem, ...] = ()


def read_condition(raw: Raw) -> Condition:
    """The condition of a YAML map. Never raises."""
    return _group(raw, (), 0)


def _group(raw: object, path: Path, depth: int) -> Condition:
    if not isinstance(raw, Mapping) or not raw:
        return _fault(path, "a condition is a map: all, any, not, or a field with what it must be")
    if depth > _MAX_DEPTH:
        return _fault(path, f"conditions are nested more than {_MAX_DEPTH} deep")
    named = [name for name in _GROUPS if name in raw]
    if not named:
        return _leaf(raw, path)
    if len(raw) > 1:
        return _fault(path, f"`{named[0]}` stands alone: put the rest inside it")
    if named[0] == "not":
        inner = _group(raw["not"], (*path, "not"), depth + 1)
        return Condition(
            cel=f"!({inner.cel})", plain=Not(inner=inner.plain), sentence=f"not ({inner.sentence})", faults=inner.faults
        )
    return _several(named[0], raw[named[0]], path, depth)


def _several(name: str, raw: object, path: Path, depth: int) -> Condition:
    if not isinstance(raw, Sequence) or isinstance(raw, str) or not raw:
        return _fault((*path, name), f"`{name}` is a list of conditions")
    inner = [_group(item, (*path, name, index), depth + 1) for index, item in enumerate(raw)]
    operator, word = (" && ", " and ") if name == "all" else (" || ", " or ")
    return Condition(
        cel=operator.join(f"({item.cel})" for item in inner),
        plain=(All if name == "all" else AnyOf)(inner=tuple(item.plain for item in inner)),
        sentence=word.join(f"({item.sentence})" if len(inner) > 1 else item.sentence for item in inner),
        faults=tuple(fault for item in inner for fault in item.faults),
    )


def _leaf(raw: Raw, path: Path) -> Condition:
    if "field" not in raw:
        key = next(iter(raw))
        return _fault((*path, key), f'"{key}" needs a `field` beside it{did_you_mean(key, (*_GROUPS, "field"))}')
    parts, wrong = _parts(raw["field"])
    if wrong:
        return _fault((*path, "field"), wrong)
    operators = {name: value for name, value in raw.items() if name != "field"}
    if not operators:
        return _fault(path, f"say what the field must be, for example `equals: demo` ({', '.join(OPERATORS)})")
    tests = [_test(name, value, (*path, name)) for name, value in operators.items()]
    reach = Reach(parts=parts)
    title = ".".join(str(part) for part in parts)
    return Condition(
        cel=" && ".join(_applied(test.cel, _reach(parts)) for test in tests),
        plain=All(inner=tuple(_plainly(name, value, reach) for name, value in operators.items())),
        sentence=" and ".join(f"{title} {test.sentence}" for test in tests),
        faults=tuple(fault for test in tests for fault in test.faults),
    )


def _plainly(name: str, value: object, reach: Reach) -> Node:
    """The same test where it asks for texts. A form sends numbers and ticks as text, so 50 is also "50"."""
    values = value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
    if name.removeprefix("not_") not in {"equals", "in"} or any(item is None for item in values):
        return Unread()
    texts = frozenset(item if isinstance(item, str) else json.dumps(item) for item in values)
    among = Among(field=reach, texts=texts, blank=True)
    return Not(inner=among) if name.startswith("not_") else among


def _applied(test: str, reach: str) -> str:
    """A test (`exists(…)`, or `!exists(…)`) asked of a field."""
    return f"!{reach}.{test[1:]}" if test.startswith("!") else f"{reach}.{test}"


def _parts(field: object) -> tuple[tuple[str | int, ...], str]:
    if isinstance(field, str):
        if not _DOTTED.match(field):
            return (), "write a field as payload.name, or as a list of its parts: [payload, first name]"
        parts: tuple[object, ...] = tuple(
            int(part) if part.isascii() and part.isdigit() else part for part in field.split(".")
        )
    elif isinstance(field, Sequence):
        parts = tuple(field)
    else:
        return (), "a field is text such as payload.interest"
    named = tuple(part for part in parts if isinstance(part, str | int) and not isinstance(part, bool))
    if len(named) != len(parts) or not 2 <= len(named) <= _MAX_PARTS:
        return (), f"a field has 2 to {_MAX_PARTS} parts, each a name or the number of a list's item"
    if named[0] not in VARIABLES:
        return (), f'"{named[0]}" is not something a condition can look at{did_you_mean(str(named[0]), VARIABLES)}'
    return named, ""


def _reach(parts: Sequence[str | int]) -> str:
    """CEL for a list of exactly one value: the field's, or null where any part of the path is missing."""
    first, *rest = parts[1:]
    name = _literal(str(first))
    cel = f"[{name} in {parts[0]} ? dyn({parts[0]}[{name}]) : dyn(null)]"
    for part in rest:
        keyed = f"type(v) == map ? v[?{_literal(str(part))}].orValue(dyn(null)) : dyn(null)"
        if isinstance(part, int):
            keyed = f"type(v) == list ? v[?{part}].orValue(dyn(null)) : ({keyed})"
        cel += f".map(v, {keyed})"
    return cel


def _test(name: str, value: object, path: Path) -> Condition:
    operator = OPERATORS.get(name)
    if operator is None:
        return _fault(path, f'unknown key "{name}"{did_you_mean(name, (*OPERATORS, "field"))}')
    return operator(value, path)


def _literal(value: object) -> str:
    """A YAML scalar as a CEL literal. JSON's escapes are CEL's, but for a surrogate pair, which stays as it is."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


def _same(value: object, name: str = "v") -> str:
    """CEL for "v is this scalar": a form sends numbers and ticks as text, so 50 is also "50"."""
    if isinstance(value, bool | int | float):
        return f"({name} == {_literal(value)} || {name} == {_literal(json.dumps(value))})"
    return f"{name} == {_literal(value)}"


def _equality(word: str, sign: str) -> Callable[[object, Path], Condition]:
    def operator(value: object, path: Path) -> Condition:
        if value is not None and not isinstance(value, str | bool | int | float):
            return _fault(path, "needs one value; use `in` for a list of them")
        return Condition(cel=f"{sign}exists(v, {_same(value)})", sentence=f"{word} {_shown(value)}")

    return operator


def _membership(word: str, sign: str) -> Callable[[object, Path], Condition]:
    def operator(value: object, path: Path) -> Condition:
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            return _fault(path, "needs a list of values")
        if any(not isinstance(item, str | bool | int | float) for item in value):
            return _fault(path, "needs a list of plain values")
        texts = [_literal(item) for item in value]
        texts += [_literal(json.dumps(item)) for item in value if not isinstance(item, str)]
        shown = ", ".join(_shown(item) for item in value)
        listed = ", ".join(f"dyn({text})" for text in texts)
        return Condition(cel=f"{sign}exists(v, v in [{listed}])", sentence=f"{word} {shown}")

    return operator


def _contains(value: object, path: Path) -> Condition:
    if not isinstance(value, str | bool | int | float):
        return _fault(path, "needs one value")
    text = _literal(value if isinstance(value, str) else json.dumps(value))
    item = _same(value, "w")
    cel = f"exists(v, type(v) == string ? v.contains({text}) : type(v) == list ? v.exists(w, {item}) : false)"
    return Condition(cel=cel, sentence=f"contains {_shown(value)}")


def _textual(word: str, method: str) -> Callable[[object, Path], Condition]:
    def operator(value: object, path: Path) -> Condition:
        if not isinstance(value, str) or not value:
            return _fault(path, "needs text (put quotes around a number)")
        if method == "matches" and (wrong := _bad_pattern(value)):
            return _fault(path, wrong)
        return Condition(
            cel=f"exists(v, type(v) == string && v.{method}({_literal(value)}))", sentence=f"{word} {_shown(value)}"
        )

    return operator


def _bad_pattern(pattern: str) -> str | None:
    tried = Expression(f'"".matches({_literal(pattern)})', Kind.CONDITION).evaluate(Scope({}))
    return tried.message if isinstance(tried, ExpressionError) else None


def _ordering(word: str, sign: str) -> Callable[[object, Path], Condition]:
    def operator(value: object, path: Path) -> Condition:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return _fault(path, "needs a number")
        number = json.dumps(float(value))
        cel = (
            f"exists(v, type(v) in [int, uint, double] ? double(v) {sign} {number}"
            f" : type(v) == string && v.matches({_literal(_NUMBER)}) ? double(v.trim()) {sign} {number} : false)"
        )
        return Condition(cel=cel, sentence=f"{word} {_shown(value)}")

    return operator


def _exists(value: object, path: Path) -> Condition:
    if not isinstance(value, bool):
        return _fault(path, "needs true or false")
    sign = "" if value else "!"
    words = "is there" if value else "is not there"
    return Condition(cel=f'{sign}exists(v, v != null && v != "")', sentence=words)


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _fault(path: Path, message: str) -> Condition:
    return Condition(faults=(ConditionProblem(path=path, message=message),))


OPERATORS: Mapping[str, Callable[[object, Path], Condition]] = {
    "equals": _equality("is", ""),
    "not_equals": _equality("is not", "!"),
    "in": _membership("is one of", ""),
    "not_in": _membership("is none of", "!"),
    "contains": _contains,
    "starts_with": _textual("starts with", "startsWith"),
    "ends_with": _textual("ends with", "endsWith"),
    "matches": _textual("matches", "matches"),
    "greater_than": _ordering("is greater than", ">"),
    "at_least": _ordering("is at least", ">="),
    "less_than": _ordering("is less than", "<"),
    "at_most": _ordering("is at most", "<="),
    "exists": _exists,
}
