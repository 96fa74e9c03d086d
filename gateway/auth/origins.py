"""Web origins (RFC 6454): where a browser says a form was sent from, and addresses compared with a list of them.

An origin proves nothing about a program, which can claim any; it keeps other websites' pages out.
"""

import re
from collections.abc import Collection
from typing import Annotated, TypeAlias

from pydantic import AfterValidator

from gateway.errors import NotAuthentic
from gateway.model import Request

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<rest>(?:[/?#][!-\[\]-~]*)?)",
    re.IGNORECASE,
)
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def origin_of(url: str) -> str | None:
    """The origin of an absolute http(s) address, in lower case and without a default port.

    None for anything else: no user info, no backslash, no space or control, no relative address.
    """
    match = _URL.fullmatch(url)
    if match is None:
        return None
    scheme, host, port = match["scheme"].lower(), match["host"].lower(), match["port"]
    return f"{scheme}://{host}" + (f":{port}" if port and port != _DEFAULT_PORTS[scheme] else "")


def _checked(text: str) -> str:
    match = _URL.fullmatch(text)
    origin = origin_of(text)
    if match is None or match["rest"] or origin is None:
        raise ValueError("write an origin as the browser does: https://example.com, with a port only if it has one")
    return origin


Origin: TypeAlias = Annotated[str, AfterValidator(_checked)]


def claimed_origin(request: Request) -> str | None:
    """Where the request says it comes from: its Origin, else its Referer's; None if it has neither.

    Raises NotAuthentic for one that stands twice or is no web address (`null`, an app, a file).
    """
    for name in ("origin", "referer"):
        values = request.header_values(name)
        if not values:
            continue
        origin = origin_of(values[0]) if len(values) == 1 else None
        if origin is None:
            raise NotAuthentic(f"the header {name} names no website")
        return origin
    return None


def allowed_origin(request: Request, origins: Collection[str]) -> str | None:
    """The claimed origin if it is one of these; never raises."""
    try:
        claimed = claimed_origin(request)
    except NotAuthentic:
        return None
    return claimed if claimed in origins else None
