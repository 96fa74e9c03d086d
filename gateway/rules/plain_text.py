"""Reading the plain part of CEL: paths, texts, true, false, ==, !=, in, !, &&, ||, parentheses and orValue.

Where a text holds anything else, nothing is said of it, or of that one of its parts joined by &&: it has compiled
already, and the engine knows it.
"""

import re
from collections.abc import Callable

from gateway.rules.shortcuts import All, Among, AnyOf, Constant, Field, Node, Not, Same, Unread

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"\\\r\n]*"|'[^'\\\r\n]*')|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"""
    r"""|(?P<sign>&&|\|\||==|!=|\.\?|[!()\[\],.]))"""
)
# What tells where an expression ends: texts are passed over whole, an optional's ? is not the one of a choice.
_OUTLINE = re.compile(r""""[^"]*"|'[^']*'|\.\?|&&|\|\||[()\[\]{}?]""")
_WORDS = frozenset({"true", "false", "null", "in"})
_DEEPEST = 20
_END = ("end", "")


class _NotPlain(Exception):
    """The text holds something else."""


def read_plain(text: str, variables: tuple[str, ...]) -> Node | None:
    """The expression, or None where none of it is plain. `text` is known to compile."""
    whole = _read(text, variables)
    if whole is not None:
        return whole
    parts = [_read(part, variables) for part in _conjuncts(text)]
    if len(parts) < 2 or not any(parts):
        return None
    return All(inner=tuple(part or Unread() for part in parts))


def _read(text: str, variables: tuple[str, ...]) -> Node | None:
    try:
        reader = _Reader(_tokens(text), variables)
        node = reader.disjunction()
        reader.end()
    except _NotPlain:
        return None
    return node


def _conjuncts(text: str) -> list[str]:
    """The parts joined by && outside of all brackets; none where that cannot be told at a glance."""
    if "\\" in text or '"""' in text or "'''" in text or "//" in text:
        return []
    parts, depth, start = [], 0, 0
    for found in _OUTLINE.finditer(text):
        mark = found[0]
        if mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth -= 1
        elif depth == 0 and mark in {"||", "?"}:
            return []
        elif depth == 0 and mark == "&&":
            parts.append(text[start : found.start()])
            start = found.end()
    return [*parts, text[start:]]


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, at, text = [], 0, text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise _NotPlain
        tokens.append((found.lastgroup, found[found.lastgroup]))
        at = found.end()
    return [*tokens, _END]


class _Reader:
    """Reads by descent, as CEL's grammar binds: ! before == and in, before &&, before ||."""

    def __init__(self, tokens: list[tuple[str, str]], variables: tuple[str, ...]) -> None:
        self._tokens = tokens
        self._variables = variables
        self._at = 0
        self._depth = 0

    def disjunction(self) -> Node:
        """A whole expression, as deep as it may be."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _NotPlain
        parts = self._several("||", self._conjunction)
        self._depth -= 1
        return parts[0] if len(parts) == 1 else AnyOf(inner=parts)

    def end(self) -> None:
        """Nothing may follow."""
        if self._next() != _END:
            raise _NotPlain

    def _conjunction(self) -> Node:
        parts = self._several("&&", self._relation)
        return parts[0] if len(parts) == 1 else All(inner=parts)

    def _several(self, sign: str, read: Callable[[], Node]) -> tuple[Node, ...]:
        parts = [read()]
        while self._take(("sign", sign)):
            parts.append(read())
        if len(parts) > 1:
            for part in parts:
                _certain(part)
        return tuple(parts)

    def _relation(self) -> Node:
        left = self._unary()
        if self._take(("name", "in")):
            return Among(field=_certain(left), texts=self._list())
        for sign in ("==", "!="):
            if self._take(("sign", sign)):
                same = _equality(_certain(left), _certain(self._unary()))
                return same if sign == "==" else Not(inner=same)
        return left

    def _unary(self) -> Node:
        if not self._take(("sign", "!")):
            return self._primary()
        if self._take(("sign", "!")):
            raise _NotPlain
        return Not(inner=_certain(self._primary()))

    def _primary(self) -> Node:
        kind, word = self._next()
        if kind == "text":
            return Constant(given=word[1:-1])
        if (kind, word) == ("sign", "("):
            inner = self.disjunction()
            self._require(")")
            return _certain(inner)
        if word in {"true", "false"}:
            return Constant(given=word == "true")
        if kind == "name" and word in self._variables:
            return self._field(word)
        raise _NotPlain

    def _field(self, variable: str) -> Node:
        names: list[str] = []
        optional = 0
        while True:
            if self._take(("sign", ".?")):
                optional += 1
                names.append(self._name())
            elif self._take(("sign", "[")):
                names.append(self._plain_name(optional, self._text()))
                self._require("]")
            elif self._take(("sign", ".")):
                name = self._name()
                if name == "orValue" and optional:
                    return Field(variable=variable, names=tuple(names), optional=optional, otherwise=self._otherwise())
                names.append(self._plain_name(optional, name))
            else:
                break
        if not names:
            raise _NotPlain
        return Field(variable=variable, names=tuple(names), optional=optional)

    def _otherwise(self) -> str:
        self._require("(")
        text = self._text()
        self._require(")")
        return text

    def _list(self) -> frozenset[str]:
        self._require("[")
        texts = [self._text()]
        while self._take(("sign", ",")):
            texts.append(self._text())
        self._require("]")
        return frozenset(texts)

    def _plain_name(self, optional: int, name: str) -> str:
        """A name behind an optional one would be optional too: that is left to the engine."""
        if optional:
            raise _NotPlain
        return name

    def _name(self) -> str:
        kind, word = self._next()
        if kind != "name" or word in _WORDS or self._peek() == ("sign", "("):
            if word == "orValue":
                return word
            raise _NotPlain
        return word

    def _text(self) -> str:
        kind, word = self._next()
        if kind != "text":
            raise _NotPlain
        return word[1:-1]

    def _require(self, sign: str) -> None:
        if self._next() != ("sign", sign):
            raise _NotPlain

    def _take(self, token: tuple[str, str]) -> bool:
        if self._peek() != token:
            return False
        self._at += 1
        return True

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at]

    def _next(self) -> tuple[str, str]:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token


def _equality(left: Node, right: Node) -> Node:
    """Beside a text in quotes, a field reads one of one."""
    if isinstance(right, Constant) and isinstance(right.given, str) and isinstance(left, Field):
        return Among(field=left, texts=frozenset({right.given}))
    if isinstance(left, Constant) and isinstance(left.given, str) and isinstance(right, Field):
        return Among(field=right, texts=frozenset({left.given}))
    return Same(left=left, right=right)


def _certain(node: Node) -> Node:
    """An optional inside an expression is no value yet: that is left to the engine."""
    if isinstance(node, Field) and node.optional and node.otherwise is None:
        raise _NotPlain
    return node
