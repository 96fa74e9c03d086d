"""multipart/form-data (RFC 7578): fields as text, files only by name and size."""

from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from gateway.decoding.charsets import codec_of, decode_text
from gateway.decoding.forms import MOST_FIELDS, Pair
from gateway.errors import Unreadable

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_MOST_HEADERS = 8
_LONGEST_HEADER = 2048
_LONGEST_BOUNDARY = 70  # RFC 2046 section 5.1.1


def parse_multipart(raw: bytes, boundary: str) -> list[Pair]:
    """Pairs in order. A file becomes {"filename": …, "size": bytes}; its content is let go.

    Raises Unreadable for a body that is not well-formed, does not end, or has more than 1000 parts.
    """
    if not boundary or not boundary.isascii() or len(boundary) > _LONGEST_BOUNDARY:
        raise Unreadable("the multipart boundary is missing or malformed")
    reader = _Reader(raw)
    try:
        parser = MultipartParser(
            boundary.encode("ascii"),
            reader.callbacks(),
            max_header_count=_MOST_HEADERS,
            max_header_size=_LONGEST_HEADER,
        )
        parser.write(raw)
        parser.finalize()
    except FormParserError as error:
        raise Unreadable(f"the multipart body is malformed in part {reader.parts}") from error
    if not reader.ended:
        raise Unreadable(f"the multipart body breaks off in part {reader.parts}")
    return reader.pairs


class _Reader:
    """Collects the parser's callbacks into pairs. The whole body is one write, so offsets are into `raw`."""

    def __init__(self, raw: bytes) -> None:
        self.pairs: list[Pair] = []
        self.parts = 0
        self.ended = False
        self._raw = raw
        self._headers: dict[bytes, bytes] = {}
        self._name = b""
        self._value = b""
        self._content: list[bytes] = []

    def callbacks(self) -> "MultipartCallbacks":
        """What the parser calls while it reads."""
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._end_header,
            "on_part_data": self._data,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def _begin_part(self) -> None:
        self.parts += 1
        if self.parts > MOST_FIELDS:
            raise Unreadable(f"the multipart body has more than {MOST_FIELDS} parts")
        self._headers, self._content = {}, []

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._name.lower()] = self._value
        self._name, self._value = b"", b""

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._content.append(data[start:end])

    def _end_part(self) -> None:
        place = f"part {self.parts} of the multipart body"
        disposition, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if disposition != b"form-data" or b"name" not in options:
            raise Unreadable(f"{place} has no name")
        name = decode_text(options[b"name"], "utf-8", f"the name of {place}")
        content = b"".join(self._content)
        if b"filename" in options:
            filename = options[b"filename"].decode("utf-8", "replace")[:255]
            self.pairs.append((name, {"filename": filename, "size": len(content)}))
        else:
            self.pairs.append((name, decode_text(content, self._codec(), place)))

    def _codec(self) -> str:
        _, options = parse_options_header(self._headers.get(b"content-type", b""))
        return codec_of(options.get(b"charset", b"").decode("latin-1"))

    def _end(self) -> None:
        self.ended = True
