"""YAML text → plain data that remembers where everything stood.

YAML 1.1 surprises are off: only true, false, null, decimal integers and decimal floats are typed, so
`12:30`, `no`, `+1415…`, `1_000` and `0o17` stay the text they are. Duplicate keys, tags and merge keys
are refused; aliases are followed, but not further than the size limits allow.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

import yaml

from gateway.errors import Problem
from gateway.model import JsonValue, record

Path: TypeAlias = tuple[str | int, ...]

MAX_FILE_BYTES = 1024 * 1024
_MAX_NODES = 50_000
_MAX_DEPTH = 32
_STANDARD_TAG = "tag:yaml.org,2002:"
_BOOLEAN = re.compile(r"(?:true|false)$")
_NULL = re.compile(r"(?:null|~|)$")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})$")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]{1,3})?$")
_SCALARS: Mapping[str, tuple[re.Pattern[str], Callable[[str], JsonValue]]] = {
    "str": (re.compile(""), str),
    "bool": (_BOOLEAN, lambda text: text == "true"),
    "null": (_NULL, lambda _text: None),
    "int": (_INTEGER, int),
    "float": (_FLOAT, float),
}


@record
class Mark:
    """A place in a file, counting from 1."""

    file: str
    line: int
    column: int


@record
class Scalar:
    """A scalar as written: its value's text, and the source text it was read from (for mapping offsets)."""

    text: str
    source: str
    block: bool  # `|` or `>`: the text starts on the line after the indicator
    quoted: bool


@dataclass(kw_only=True, slots=True)
class Document:
    """One file's data and, for every path in it, the mark of its value and of its key."""

    data: JsonValue = None
    values: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)
    scalars: dict[Path, Scalar] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class _Loader(yaml.CSafeLoader):
    """PyYAML's C loader with YAML 1.1's implicit types replaced by ours."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {  # type: ignore[misc] # a class variable in PyYAML too; its stubs say otherwise
        **{first: [(_STANDARD_TAG + "bool", _BOOLEAN)] for first in "tf"},
        **{first: [(_STANDARD_TAG + "null", _NULL)] for first in ("n", "~", "")},
        **{first: [(_STANDARD_TAG + "int", _INTEGER), (_STANDARD_TAG + "float", _FLOAT)] for first in "-0123456789"},
    }


def read_document(text: str, file: str) -> Document:
    """The document of a file's text. What is wrong is in `problems`; `data` then holds what could be read."""
    document = Document()
    try:
        if too_deep := _depth_problem(text, file):
            document.problems.append(too_deep)
            return document
        node = _Loader(text).get_single_node()
    except yaml.YAMLError as error:
        document.problems.append(_syntax_problem(error, file))
        return document
    if node is not None:
        document.data = _Walk(document, text, file).value(node, ())
    return document


def _depth_problem(text: str, file: str) -> Problem | None:
    """What is wrong with a file nested past the limit. Composing recurses in C: it would end the process.

    Raises YAMLError for a file that is not YAML.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH:
            line, column = (mark.line + 1, mark.column + 1) if (mark := event.start_mark) else (0, 0)
            return Problem(file=file, line=line, column=column, message="too deeply nested")
    return None


def _syntax_problem(error: yaml.YAMLError, file: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    return Problem(file=file, line=line, column=column, message=f"not valid YAML: {what}")


class _Walk:
    """One pass over a node tree, filling a document."""

    def __init__(self, document: Document, text: str, file: str) -> None:
        self._document = document
        self._text = text
        self._file = file
        self._nodes = 0

    def value(self, node: yaml.Node, path: Path) -> JsonValue:
        self._document.values[path] = self._mark(node)
        self._nodes += 1
        if self._nodes > _MAX_NODES or len(path) > _MAX_DEPTH:
            if self._nodes <= _MAX_NODES + 1:
                self._complain(node, "too large: an alias repeats itself, or far too many values")
                self._nodes = _MAX_NODES + 1
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            self._expect(node, "seq")
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> JsonValue:
        self._expect(node, "map")
        found: dict[str, JsonValue] = {}
        for key, child in self._pairs(node):
            at = (*path, key.value)
            if key.value in found:
                first = self._document.keys[at]
                self._complain(key, f'"{key.value}" stands here twice; the first is on line {first.line}')
                continue
            self._document.keys[at] = self._mark(key)
            found[key.value] = self.value(child, at)
        return found

    def _pairs(self, node: yaml.MappingNode) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
        for key, child in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield key, child
            else:
                self._complain(key, "a key must be plain text")

    def _scalar(self, node: yaml.Node, path: Path) -> JsonValue:
        source = self._text[node.start_mark.index : node.end_mark.index]
        style = getattr(node, "style", None)
        self._document.scalars[path] = Scalar(
            text=node.value, source=source, block=style in {"|", ">"}, quoted=style in {"'", '"'}
        )
        tag = node.tag.removeprefix(_STANDARD_TAG)
        if tag in _SCALARS and _SCALARS[tag][0].match(node.value):
            return _SCALARS[tag][1](node.value)
        self._complain(node, f"the tag {node.tag} is not supported")
        return None

    def _expect(self, node: yaml.Node, kind: str) -> None:
        if node.tag != _STANDARD_TAG + kind:
            self._complain(node, f"the tag {node.tag} is not supported")

    def _mark(self, node: yaml.Node) -> Mark:
        return Mark(file=self._file, line=node.start_mark.line + 1, column=node.start_mark.column + 1)

    def _complain(self, node: yaml.Node, message: str) -> None:
        mark = self._mark(node)
        self._document.problems.append(Problem(file=mark.file, line=mark.line, column=mark.column, message=message))
