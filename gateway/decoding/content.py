"""Which reader a body needs, by its content type or by order of the configuration."""

from functools import lru_cache
from typing import Literal, TypeAlias

from python_multipart.multipart import parse_options_header

from gateway.decoding import strict_json
from gateway.decoding.charsets import codec_of
from gateway.decoding.forms import parse_urlencoded, to_object, unfold_brackets
from gateway.decoding.multipart import parse_multipart
from gateway.decoding.strict_json import shown
from gateway.decoding.xml import decode_xml
from gateway.errors import Unreadable
from gateway.model import JsonObject, JsonValue, Request, record

BodyKind: TypeAlias = Literal["auto", "json", "form", "php_form", "multipart", "query", "xml"]

_UNTYPED = frozenset({"", "text/plain", "application/octet-stream"})  # some senders label their JSON so
_LONGEST_TYPE = 1000


@record
class ContentType:
    """A content type's media type in lower case and the parameters we use."""

    media: str
    charset: str
    boundary: str


def content_type(request: Request) -> ContentType:
    """The request's content type; empty where there is none, or two."""
    return _read_type((request.header("content-type") or "")[:_LONGEST_TYPE])


@lru_cache(maxsize=256)
def _read_type(declared: str) -> ContentType:
    """A sender says the same each time, but for the boundary of multipart."""
    media, options = parse_options_header(declared.encode("latin-1", "replace"))
    return ContentType(
        media=media.decode("latin-1"),
        charset=options.get(b"charset", b"").decode("latin-1"),
        boundary=options.get(b"boundary", b"").decode("latin-1"),
    )


def decode_body(request: Request, kind: BodyKind = "auto") -> JsonValue:
    """The request's payload. `auto` goes by the content type; without a body the query string is the payload.

    Raises Unreadable.
    """
    declared = content_type(request)
    chosen = _kind(request, declared.media) if kind == "auto" else kind
    match chosen:
        case "query":
            return decode_query(request)
        case "json":
            if codec_of(declared.charset) != "utf-8":
                raise Unreadable("JSON must be in UTF-8")
            return strict_json.loads(request.body)
        case "xml":
            return decode_xml(request.body)
        case "multipart":
            return to_object(parse_multipart(request.body, declared.boundary))
    pairs = parse_urlencoded(request.body, codec=codec_of(declared.charset))
    return unfold_brackets(pairs) if chosen == "php_form" else to_object(pairs)


def decode_query(request: Request) -> JsonObject:
    """The query string as one object. Raises Unreadable."""
    raw = request.query.encode("latin-1", "replace")  # the bytes as they came
    return to_object(parse_urlencoded(raw, where="the query string"))


def decode_json_field(payload: JsonValue, name: str) -> JsonValue:
    """The JSON that a field of the payload holds as text. Raises Unreadable where it is not there."""
    text = payload.get(name) if isinstance(payload, dict) else None
    if not isinstance(text, str):
        raise Unreadable(f"the body has no text field {shown(name)} to hold JSON")
    return strict_json.loads(text.encode("utf-8"), f"the field {shown(name)}")


def _kind(request: Request, media: str) -> BodyKind:
    if not request.body:
        if request.query:
            return "query"
        raise Unreadable("the request has neither a body nor a query string")
    if media == "application/json" or media.endswith("+json"):
        return "json"
    if media in {"text/xml", "application/xml"} or media.endswith("+xml"):
        return "xml"
    if media == "application/x-www-form-urlencoded":
        return "form"
    if media == "multipart/form-data":
        return "multipart"
    if media in _UNTYPED and request.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return "json"
    raise Unreadable(f"the content type {media[:60]!a} is not supported, and the body does not look like JSON")
