"""CEL expressions, compiled and type-checked once, evaluated per event. The only module that knows the engine.

What may go wrong is bounded: length and nesting at load, steps and regular expressions (RE2, linear time)
at run time. An error is a value whose text a business user can read, never an exception.

Three faults of the engine's Python binding (0.1.3), seen in runs, shape this module:
- a null it hands to Python takes one reference of None with it, until CPython before 3.12 aborts the
  process: None is pinned below;
- an optional inside a list or map crashes `plain_value()` and any function of ours that is given the list:
  values are taken out one by one, and our functions take scalars only;
- a DYN parameter never matches at run time: every accepted type is an overload.
"""

import ctypes
import itertools
import sys
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import cached_property
from types import NoneType

from cel_expr_python import cel
from cel_expr_python.ext import ext_optional, ext_strings

from gateway.model import JsonValue, record
from gateway.rules import functions
from gateway.rules.plain_text import read_plain
from gateway.rules.shortcuts import EMPTY, Node
from gateway.rules.wording import Fault, faults_of, reword

MAX_LENGTH = 4000  # characters
_MAX_OPTIONAL_MACROS = 6  # each optMap or optFlatMap doubles the compiled size
VARIABLES = ("payload", "record", "event", "person", "headers", "query")


@record
class ExpressionError:
    """Why an expression has no value for this event."""

    message: str


class Kind(Enum):
    """What an expression must give, and the CEL types that may stand there."""

    CONDITION = ("true or false", frozenset({"BOOL", "DYN"}))
    TEXT = ("text", frozenset({"STRING", "INT", "UINT", "DOUBLE", "DYN", "NULL"}))
    TEXTS = ("text or a list of texts", frozenset({"STRING", "INT", "UINT", "DOUBLE", "DYN", "NULL", "LIST"}))
    VALUE = ("a value", frozenset({"STRING", "INT", "UINT", "DOUBLE", "BOOL", "DYN", "NULL", "LIST", "MAP"}))

    def __init__(self, title: str, types: frozenset[str]) -> None:
        self.title = title
        self.types = types


class Scope:
    """What expressions see of one event; converted once, however many expressions look at it."""

    def __init__(self, variables: Mapping[str, Mapping[str, JsonValue]]) -> None:
        self._variables = variables

    def variable(self, name: str) -> Mapping[str, JsonValue]:
        """A variable as Python has it."""
        return self._variables.get(name, {})

    @cached_property
    def activation(self) -> cel.Activation:
        """The engine's form of it, made when the first expression looks."""
        return _ENV.Activation({name: dict(self._variables.get(name, {})) for name in VARIABLES})


class Expression:
    """A compiled expression. Immutable and free of the event it is evaluated on."""

    def __init__(self, text: str, kind: Kind, *, max_length: int = MAX_LENGTH, plain: Node | None = None) -> None:
        """`plain` is what is known of it without the engine; read from the text where it is not given.

        Raises ExpressionFaults.
        """
        if len(text) > max_length:
            raise ExpressionFaults((Fault(line=1, column=1, message=f"longer than {max_length} characters"),))
        self.text = text
        self.kind = kind
        self._program, self._boxed = _compile(text, kind)
        self.plain = plain or read_plain(text, VARIABLES)

    def evaluate(self, scope: Scope) -> "JsonValue | ExpressionError":
        """Its value (None where an optional is empty), of the kind it was compiled for; or the error."""
        if self.plain is not None:
            known = self.plain.value(scope.variable)
            known = None if known is EMPTY else known
            if isinstance(known, _CERTAIN[self.kind]):
                return _SHAPES[self.kind](known)
        return self._asked(scope)

    def _asked(self, scope: Scope) -> "JsonValue | ExpressionError":
        """What the engine says."""
        try:
            result = self._program.eval(scope.activation)
            if result.type() == cel.Type.ERROR:
                return ExpressionError(message=reword(str(result.value()), self.text))
            value = _plain(result)
        except (RuntimeError, TypeError, ValueError, SystemError, RecursionError) as error:
            return ExpressionError(message=reword(str(error), self.text))
        if self._boxed:
            value = value[0] if isinstance(value, list) and value else None
        try:
            return _SHAPES[self.kind](value)
        except _Unfit as unfit:
            return ExpressionError(message=str(unfit))


class _Unfit(Exception):
    """A value that is not of the kind an expression must give."""


def _plain(result: cel.Value) -> object:
    """A value taken out piece by piece; raises ValueError for an optional or an error inside."""
    if result.type() == cel.Type.ERROR:
        raise ValueError("convert function return value")
    value = result.value()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


class ExpressionFaults(Exception):
    """Everything wrong with an expression's text."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = faults


def _compile(text: str, kind: Kind) -> tuple[cel.Expression, bool]:
    if text.count("optMap(") + text.count("optFlatMap(") > _MAX_OPTIONAL_MACROS:
        message = f"more than {_MAX_OPTIONAL_MACROS} optMap or optFlatMap in one expression"
        raise ExpressionFaults((Fault(line=1, column=1, message=message),))
    try:
        program = _ENV.compile(text)
        name = program.return_type().name()
        boxed = name.startswith("optional_type<")
        if boxed:
            # The binding cannot hand an optional over; a list of none or one it can. The newline ends a comment.
            program = _ENV.compile(f"[?({text}\n)]")
            name = name.removeprefix("optional_type<").removesuffix(">")
    except (RuntimeError, ValueError) as error:
        raise ExpressionFaults(faults_of(str(error), text, VARIABLES, tuple(_FUNCTIONS))) from None
    if name.partition("<")[0] not in kind.types:
        message = f"gives {reword_type(name)} where {kind.title} is needed"
        raise ExpressionFaults((Fault(line=1, column=1, message=message),))
    return program, boxed


def reword_type(name: str) -> str:
    """A CEL type's name in plain words."""
    return _TYPE_WORDS.get(name.partition("<")[0], name.lower())


def _condition(value: object) -> JsonValue:
    if isinstance(value, bool):
        return value
    raise _Unfit(f"it gives {_kind_of(value)} where true or false is needed")


def _text(value: object) -> str | None:
    """Text, trimmed; None for null and for nothing but blanks."""
    if value is None:
        return None
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return (functions.as_text(value) or "").strip() or None
    raise _Unfit(f"it gives {_kind_of(value)} where text is needed")


def _texts(value: object) -> JsonValue:
    if isinstance(value, list):
        return [text for text in map(_text, value) if text]
    return _text(value)


def _json(value: object) -> JsonValue:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [_json(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _json(item) for key, item in value.items()}
    raise _Unfit(f"it gives {_kind_of(value)}, which cannot be sent on")


def _kind_of(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "a map"}
    return "null" if value is None else names.get(type(value), f"a {type(value).__name__}")


# Of what kinds a value may be that is told without the engine: those both have in the same way.
_CERTAIN: Mapping[Kind, tuple[type, ...]] = {
    Kind.CONDITION: (bool,),
    Kind.TEXT: (str, NoneType),
    Kind.TEXTS: (str, NoneType),
    Kind.VALUE: (str, bool, NoneType),
}
_SHAPES: Mapping[Kind, Callable[[object], JsonValue]] = {
    Kind.CONDITION: _condition,
    Kind.TEXT: _text,
    Kind.TEXTS: _texts,
    Kind.VALUE: _json,
}
_TYPE_WORDS = {
    "BOOL": "true or false",
    "STRING": "text",
    "INT": "a number",
    "UINT": "a number",
    "DOUBLE": "a number",
    "LIST": "a list",
    "MAP": "a map",
    "NULL": "null",
    "TIMESTAMP": "a time",
    "DURATION": "a duration",
    "BYTES": "bytes",
    "TYPE": "a type",
}

_T = cel.Type
_ANY_MAP = _T.Map(_T.STRING, _T.DYN)
_TEXT_MAP = _T.Map(_T.STRING, _T.STRING)
_SCALARS = {"text": _T.STRING, "null": _T.NULL, "whole": _T.INT, "real": _T.DOUBLE}


def _overload(name: str, result: cel.Type, parameters: Sequence[str], impl: Callable[..., JsonValue]) -> cel.Overload:
    kinds = [_SCALARS[kind] for kind in parameters]
    return cel.Overload("_".join((name, *parameters)), return_type=result, parameters=kinds, impl=impl)


_FUNCTIONS: dict[str, list[cel.Overload]] = {
    "phone": [
        _overload("phone", _T.STRING, ["text"], functions.phone),
        _overload("phone", _T.STRING, ["text", "text"], functions.phone),
    ],
    "first_of": [
        _overload("first_of", _T.DYN, kinds, functions.first_of)
        for count in (2, 3, 4)
        for kinds in itertools.product(_SCALARS, repeat=count)
    ],
    "lower": [_overload("lower", _T.STRING, ["text"], functions.lower)],
    "upper": [_overload("upper", _T.STRING, ["text"], functions.upper)],
    "digits": [_overload("digits", _T.STRING, ["text"], functions.digits)],
}

_ENV = cel.NewEnv(
    variables={
        "payload": _ANY_MAP,
        "record": _ANY_MAP,
        "event": _ANY_MAP,
        "person": _ANY_MAP,
        "headers": _TEXT_MAP,
        "query": _TEXT_MAP,
    },
    extensions=[ext_optional.ExtOptional(), ext_strings.ExtStrings()],
    functions=[cel.FunctionDecl(name, overloads) for name, overloads in _FUNCTIONS.items()],
)

if sys.version_info < (3, 12):  # pragma: no branch - one run has one version
    # What 3.12 made a rule of the language: None is never freed. See the module's docstring.
    ctypes.c_ssize_t.from_address(id(None)).value += 2**60
