"""The expression engine's messages in words a business user can act on."""

import re

from gateway.model import record
from gateway.rules.problems import did_you_mean


@record
class Fault:
    """Something wrong in an expression's text; line and column count from 1."""

    line: int
    column: int
    message: str


_LOCATED = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*?)(?=\n \||\nERROR: | \[[A-Z_]+\]$|$)", re.DOTALL)
_SYNTAX = "Syntax error: "
_CODE = re.compile(r"^[A-Z_]+: ")
_TRAILER = re.compile(r" \[[A-Z_]+\]$")
_UNKNOWN = re.compile(r"undeclared reference to '([^']*)'")
_OVERLOAD = re.compile(r"found no matching overload for '([^']*)' applied to '(.*)'$", re.DOTALL)
_RUN_OVERLOAD = re.compile(r"No matching overloads found : (\S+?)\((.*)\)$")
_MISSING_KEY = re.compile(r"Key not found in map : (['\"])(.*)\1$", re.DOTALL)
_INDEX = re.compile(r"Index error: index=(-?\d+) size=(\d+)")
_TYPES = {
    "string": "text",
    "int": "a whole number",
    "int64": "a whole number",
    "uint": "a whole number",
    "uint64": "a whole number",
    "double": "a number",
    "bool": "true or false",
    "list": "a list",
    "map": "a map",
    "null_type": "null",
    "*opaque*": "a value that may be missing (add .orValue(…))",
}


def faults_of(report: str, text: str, variables: tuple[str, ...], functions: tuple[str, ...]) -> tuple[Fault, ...]:
    """Every fault in the engine's compile report, with its place in the expression."""
    found = _LOCATED.findall(report)
    # One syntax error makes the parser see several: only the first is the author's.
    found = [fault for fault in found if fault[2].startswith(_SYNTAX)][:1] or found
    faults = [
        _fault(max(int(line), 1), max(int(column), 1), message, text, (*variables, *functions))
        for line, column, message in found
    ]
    return tuple(dict.fromkeys(faults)) or (Fault(line=1, column=1, message=reword(report, text)),)


def _fault(line: int, column: int, message: str, text: str, known: tuple[str, ...]) -> Fault:
    unknown = _UNKNOWN.search(message)
    if unknown is None:
        return Fault(line=line, column=column, message=_compile_words(message))
    name = unknown[1].partition(".")[0]
    column = _start_of(name, text, line, column)
    return Fault(line=line, column=column, message=f'unknown name "{name}"{did_you_mean(name, known)}')


def reword(message: str, text: str) -> str:
    """An evaluation error in plain words; `text` is the expression, to name what was looked up."""
    message = _TRAILER.sub("", _CODE.sub("", message.strip()))
    if missing := _MISSING_KEY.search(message):
        return _missing(missing[2], text)
    if index := _INDEX.search(message):
        return f"item {index[1]} of a list was asked for, which has {index[2]} (the first is item 0)"
    if overload := _RUN_OVERLOAD.search(message):
        return _mismatch(overload[1], overload[2])
    for sign, words in _PHRASES:
        if sign in message:
            return words
    return message


_PHRASES = (
    ("SELECT to non-message", "a field was asked of something that has none (text, a number, a list or null)"),
    ("<jump_condition>", "what stands before ? is not true or false"),
    ("Iteration budget", "it takes too many steps"),
    ("recursion", "it is nested too deeply"),
    ("construction from null", "the payload holds text that is not valid Unicode"),
    ("convert function return value", "it gives a value that may be missing: add .orValue(…)"),
    ("exception set", "a value that may be missing stands in a list: add .orValue(…)"),
    ("overloads found", "an operator or function does not work with these values"),
)


def _missing(key: str, text: str) -> str:
    found = re.search(rf"\b((?:payload|event|person|headers|query)(?:\.\??\w+)*?)\.\??{re.escape(key)}\b", text)
    holder = found[1] if found else "a map"
    hint = f': write {found[1]}.?{key}.orValue("") where it may be missing' if found else ""
    return f'{holder} has no "{key}"{hint}'


def _mismatch(name: str, types: str) -> str:
    operator = name.strip("_@") or name
    words = " and ".join(_TYPES.get(kind.strip(), kind.strip()) for kind in types.split(","))
    return f'"{operator}" does not work with {words}'


def _compile_words(message: str) -> str:
    message = message.strip()
    if message.startswith(_SYNTAX):
        return _syntax(message.removeprefix(_SYNTAX))
    if overload := _OVERLOAD.search(message):
        return _mismatch(overload[1], overload[2].strip("()"))
    return message


def _syntax(message: str) -> str:
    """The parser's complaint, without its grammar."""
    if "at: '='" in message or "at: '= '" in message:
        return 'a single "=" is not an operator: write == to compare'
    if "'<EOF>'" in message:
        return "the expression ends too early"
    found = re.search(r"input (['\"].*?['\"])(?: expecting|$)", message, re.DOTALL)
    return f"unexpected {found[1]}" if found else f"cannot be read: {message}"


def _start_of(name: str, text: str, line: int, column: int) -> int:
    """The engine points behind a name that is called or looked into; the name's start helps more."""
    lines = text.split("\n")
    row = lines[line - 1] if line <= len(lines) else ""
    if row.startswith(name, column - 1):
        return column
    start = row.rfind(name, 0, column)
    return start + 1 if start >= 0 else column
