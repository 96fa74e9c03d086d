"""XML as plain data: no document type, no entities, bounded in depth, size of tree and text.

A namespace counts by its URI, whatever prefix a sender picked for it; plain objects use local names.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from gateway.errors import Unreadable
from gateway.model import JsonObject, JsonValue

DEEPEST = 32
MOST_NODES = 10_000  # elements and attributes together
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_BOM = b"\xef\xbb\xbf"
_SPACE = " \t\r\n"


@dataclass(kw_only=True, slots=True)
class Element:
    """One element: its namespace's URI ("" for none), local name, attributes by local name, children and text."""

    uri: str
    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element"] = field(default_factory=list)
    text: str = ""
    nil: bool = False  # xsi:nil: said to have no value

    def named(self, uri: str, name: str) -> Iterator["Element"]:
        """The children of this name."""
        return (child for child in self.children if (child.uri, child.name) == (uri, name))

    def text_of(self, uri: str, name: str) -> str | None:
        """The text of the first child of this name, without white space around it; None where there is none."""
        return next((child.text.strip(_SPACE) or None for child in self.named(uri, name)), None)


def parse_xml(raw: bytes, where: str = "the body") -> Element:
    """The root element. Raises Unreadable for anything that is not well-formed, declares a document type, or is
    nested more than 32 levels deep or of more than 10,000 elements and attributes.

    The encoding is UTF-8 unless the XML declaration or a byte-order mark says another that the parser knows.
    """
    reader = _Reader(where)
    parser = DefusedXMLParser(target=reader, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(raw.removeprefix(_BOM).lstrip(_SPACE.encode()))
        parser.close()
    except DefusedXmlException as error:
        raise Unreadable(f"{where} declares a document type or an entity; XML is taken without") from error
    except ParseError as error:
        line, column = error.position
        raise Unreadable(f"{where} is not well-formed XML at line {line}, column {column + 1}") from error
    except (ValueError, LookupError) as error:
        raise Unreadable(f"{where} is in an encoding that cannot be read; send UTF-8") from error
    return reader.roots[0]


def to_value(element: Element) -> JsonValue:
    """What an element holds, as plain data.

    Text alone is text, nothing is "", `xsi:nil` is null. Otherwise an object: children by local name, a repeated one
    as a list, attributes as "@name", text beside them as "#text". White space around text is dropped.
    """
    text = element.text.strip(_SPACE)
    if element.nil:
        return None
    if not element.children and not element.attributes:
        return text
    found: JsonObject = {f"@{name}": value for name, value in element.attributes.items()}
    grouped: dict[str, list[JsonValue]] = {}
    for child in element.children:
        grouped.setdefault(child.name, []).append(to_value(child))
    found.update({name: values[0] if len(values) == 1 else values for name, values in grouped.items()})
    return {**found, "#text": text} if text else found


def decode_xml(raw: bytes) -> JsonObject:
    """A document as plain data: {root's name: what it holds}. Raises Unreadable."""
    root = parse_xml(raw)
    return {root.name: to_value(root)}


class _Reader:
    """Builds elements while the parser reads, so that a bound stops it before the tree is large."""

    def __init__(self, where: str) -> None:
        self.roots: list[Element] = []
        self._open: list[Element] = []
        self._texts: list[list[str]] = []  # joined once: text comes in many small pieces
        self._nodes = 0
        self._where = where

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins. Raises Unreadable past a bound."""
        self._nodes += 1 + len(attributes)
        if self._nodes > MOST_NODES or len(self._open) >= DEEPEST:
            raise Unreadable(
                f"{self._where} has more than {DEEPEST} levels, or {MOST_NODES} elements and attributes together"
            )
        uri, name = _split(tag)
        element = Element(uri=uri, name=name)
        for key, value in attributes.items():
            place, local = _split(key)
            if (place, local) == (_XSI, "nil"):
                element.nil = value in {"true", "1"}
            else:
                element.attributes[local] = value
        (self._open[-1].children if self._open else self.roots).append(element)
        self._open.append(element)
        self._texts.append([])

    def data(self, text: str) -> None:
        """Text inside the innermost open element."""
        self._texts[-1].append(text)

    def end(self, _: str) -> None:
        """The innermost element ends."""
        self._open.pop().text = "".join(self._texts.pop())

    def close(self) -> None:
        """The document ends."""


def _split(tag: str) -> tuple[str, str]:
    uri, closed, name = tag.rpartition("}")
    return (uri.removeprefix("{"), name) if closed else ("", tag)
