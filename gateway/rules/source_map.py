"""From a place inside a value's text back to its line and column in the YAML file."""

from gateway.rules.documents import Mark, Path, Scalar
from gateway.rules.problems import Places


def place_in(places: Places, path: Path, text: str, line: int, column: int) -> Mark | None:
    """Where line and column (from 1) of the text at `path` stand in the file.

    Right for plain, quoted and block scalars; where a variable was put into the text, the value's start.
    """
    start, scalar = places.value(path), places.scalars.get(path)
    if start is None or scalar is None or scalar.text != text:
        return start
    offset = _offset_in_text(text, line, column)
    down, across = _walk(scalar, offset)
    return Mark(file=start.file, line=start.line + down, column=across + 1 + (0 if down else start.column - 1))


def _offset_in_text(text: str, line: int, column: int) -> int:
    rows = text.split("\n")
    before = sum(len(row) + 1 for row in rows[: line - 1])
    return min(before + column - 1, max(len(text) - 1, 0))


def _walk(scalar: Scalar, offset: int) -> tuple[int, int]:
    """(lines down, column from 0) of a character of the value: each one is found in the source, in order.

    What stands in the source but not in the value (indentation, folding, quotes, escapes) is stepped over;
    folding turns a newline into a space, so blanks match any blanks.
    """
    source = scalar.source
    at = source.find("\n") + 1 if scalar.block else int(scalar.quoted)
    for letter in scalar.text[: offset + 1]:
        found = _next(source, at, letter)
        at = found + 1
    at = max(at - 1, 0)
    down = source.count("\n", 0, at)
    return down, at - (source.rfind("\n", 0, at) + 1)


def _next(source: str, at: int, letter: str) -> int:
    if letter.isspace():
        while at < len(source) and not source[at].isspace():
            at += 1
        while letter == " " and source[at : at + 1] == "\n" and source[at + 1 : at + 2].isspace():
            at += 1
        return min(at, len(source) - 1)
    found = source.find(letter, at)
    return found if found >= 0 else min(at, len(source) - 1)
