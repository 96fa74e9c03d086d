"""What a sender signs, written as a template: `v0:{timestamp}:{body}`.

Parts: {method}, {url} (the public URL as sent), {url:hubspot} (with HubSpot's twelve escapes decoded),
{header:Name}, {timestamp} (as sent), {body} (raw bytes), {secret}; `{{` and `}}` stand for braces.
"""

import re
from functools import lru_cache
from string import Formatter
from urllib.parse import unquote

from gateway.auth.fields import sole_header
from gateway.errors import NotAuthentic
from gateway.model import Request, record

_PLAIN = frozenset({"method", "url", "timestamp", "body", "secret"})

# The escapes HubSpot names in "Validating requests", version 3; a "%3F" decodes, the query's own "?" stays.
_HUBSPOT_ESCAPES = re.compile("%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)


@record
class Part:
    """One part of a template: a literal, or a named part with its argument."""

    kind: str
    argument: str = ""


@lru_cache(maxsize=512)
def parse_template(text: str) -> tuple[Part, ...]:
    """The parts of a template. Raises ValueError saying which part is not known."""
    parts: list[Part] = []
    for literal, name, argument, conversion in Formatter().parse(text):
        if literal:
            parts.append(Part(kind="literal", argument=literal))
        if name is not None:
            if conversion is not None:
                raise ValueError(f"{{{name}!{conversion}}}: a part has no conversion")
            parts.append(_part(name, argument or ""))
    return tuple(parts)


def render(text: str, request: Request, *, timestamp: str | None, secret: bytes) -> bytes:
    """The bytes the template stands for. Raises NotAuthentic when a header it names is not there once."""
    return b"".join(_piece(part, request, timestamp, secret) for part in parse_template(text))


def names_part(text: str, kind: str) -> bool:
    """Whether a template contains a part of this kind."""
    return any(part.kind == kind for part in parse_template(text))


def decode_hubspot_escapes(url: str) -> str:
    """The URI as HubSpot signs it in version 3."""
    return _HUBSPOT_ESCAPES.sub(lambda escape: unquote(escape.group()), url)


def _part(name: str, argument: str) -> Part:
    if name in _PLAIN and not argument:
        return Part(kind=name)
    if name == "url" and argument == "hubspot":
        return Part(kind="url", argument=argument)
    if name == "header" and argument:
        return Part(kind="header", argument=argument)
    shown = f"{name}:{argument}" if argument else name
    raise ValueError(
        f"{{{shown}}} is not a part; there are {{method}}, {{url}}, {{url:hubspot}}, {{header:Name}}, "
        "{timestamp}, {body}, {secret}"
    )


def _piece(part: Part, request: Request, timestamp: str | None, secret: bytes) -> bytes:
    if part.kind == "body":
        return request.body
    if part.kind == "secret":
        return secret
    text = _text_piece(part, request, timestamp)
    if part.kind == "literal":
        return text.encode("utf-8")
    return text.encode("latin-1", "replace")  # the bytes as they came


def _text_piece(part: Part, request: Request, timestamp: str | None) -> str:
    match part.kind:
        case "literal":
            return part.argument
        case "method":
            return request.method
        case "url":
            return decode_hubspot_escapes(request.url) if part.argument else request.url
        case "header":
            return sole_header(request, part.argument)
    if timestamp is None:
        raise NotAuthentic("the signed timestamp is missing")
    return timestamp
