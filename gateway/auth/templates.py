"""What a sender signs, written as a template: `v0:{timestamp}:{body}`.

Parts: {method}, {url} (the public URL as sent), {header:Name}, {timestamp} (as sent), {body} (raw bytes), and:
{url:hubspot} with HubSpot's twelve escapes decoded, {url:port} with its port written out, {url:portless} without one;
{body:hashed-in-url} nothing, but the query must name the body's hash; {form:sorted} every form field as name and
value; {body:first} only the first element of a JSON list; {field:path} and {urlencoded:path} a text in the body;
{secret} in a plain digest, {key} the same secret in what it also keys. `{{` and `}}` stand for braces.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from string import Formatter
from urllib.parse import unquote

from gateway.auth.fields import sole_header
from gateway.auth.signed_parts import (
    body_field,
    first_element,
    hashed_in_url,
    sorted_form,
    url_with_port,
    url_without_port,
    urlencoded_field,
)
from gateway.decoding.selectors import parse_selector
from gateway.errors import NotAuthentic
from gateway.model import Request, record

_PLAIN = frozenset({"method", "url", "timestamp", "body", "secret", "key"})
_OF_BODY: Mapping[str, Callable[[Request, str], str]] = {"field": body_field, "urlencoded": urlencoded_field}
_COVERING = frozenset({("body", ""), ("form", "sorted")})
_HASHED = ("body", "hashed-in-url")  # covers the body where the address is signed too

# The escapes HubSpot names in "Validating requests", version 3; a "%3F" decodes, the query's own "?" stays.
_HUBSPOT_ESCAPES = re.compile("%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)


# Parts written with a word after the colon, as the bytes they stand for.
_VARIANTS: Mapping[tuple[str, str], Callable[[Request], str | bytes]] = {
    ("url", "hubspot"): lambda request: decode_hubspot_escapes(request.url),
    ("url", "port"): lambda request: url_with_port(request.url),
    ("url", "portless"): lambda request: url_without_port(request.url),
    ("body", "hashed-in-url"): hashed_in_url,
    ("form", "sorted"): sorted_form,
    ("body", "first"): lambda request: first_element(request.body),
}


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


def covers_body(text: str) -> bool:
    """Whether no byte of the body could be changed without changing what the template stands for."""
    parts = {(part.kind, part.argument) for part in parse_template(text)}
    return bool(parts & _COVERING) or (_HASHED in parts and names_part(text, "url"))


def decode_hubspot_escapes(url: str) -> str:
    """The URI as HubSpot signs it in version 3."""
    return _HUBSPOT_ESCAPES.sub(lambda escape: unquote(escape.group()), url)


def _part(name: str, argument: str) -> Part:
    if name in _PLAIN and not argument:
        return Part(kind=name)
    if (name, argument) in _VARIANTS or (name == "header" and argument):
        return Part(kind=name, argument=argument)
    if name in _OF_BODY and argument:
        parse_selector(argument)
        return Part(kind=name, argument=argument)
    shown = f"{name}:{argument}" if argument else name
    known = ", ".join(f"{{{kind}:{variant}}}" for kind, variant in _VARIANTS)
    raise ValueError(
        f"{{{shown}}} is not a part; there are {{method}}, {{url}}, {{header:Name}}, {{timestamp}}, {{body}}, "
        f"{{field:path}}, {{urlencoded:path}}, {{secret}}, {{key}}, {known}"
    )


def _piece(part: Part, request: Request, timestamp: str | None, secret: bytes) -> bytes:
    if part.kind in {"secret", "key"}:
        return secret
    if part.kind == "literal":
        return part.argument.encode("utf-8")
    if part.kind in _OF_BODY:
        return _OF_BODY[part.kind](request, part.argument).encode("utf-8")
    found = _as_received(part, request, timestamp)
    return found if isinstance(found, bytes) else found.encode("latin-1", "replace")  # the bytes as they came


def _as_received(part: Part, request: Request, timestamp: str | None) -> str | bytes:
    if part.kind == "header":
        return sole_header(request, part.argument)
    if part.kind == "timestamp":
        if timestamp is None:
            raise NotAuthentic("the signed timestamp is missing")
        return timestamp
    if part.argument:
        return _VARIANTS[part.kind, part.argument](request)
    if part.kind == "method":
        return request.method
    return request.body if part.kind == "body" else request.url
