"""Reading what authentication needs from a request, where anything unusual is NotAuthentic."""

from gateway.decoding.content import decode_query
from gateway.errors import NotAuthentic, Unreadable
from gateway.model import Request

_LONGEST = 8 * 1024


def sole_header(request: Request, name: str) -> str:
    """The value of a header that must be there exactly once, in ASCII. Raises NotAuthentic."""
    values = request.header_values(name.lower())
    if not values:
        raise NotAuthentic(f"the header {name} is missing")
    if len(values) > 1:
        raise NotAuthentic(f"the header {name} stands more than once")
    if not values[0].isascii() or len(values[0]) > _LONGEST:
        raise NotAuthentic(f"the header {name} is malformed")
    return values[0].strip(" \t")


def sole_parameter(request: Request, name: str) -> str:
    """The value of a query parameter that must be there exactly once. Raises NotAuthentic."""
    try:
        value = decode_query(request).get(name)
    except Unreadable as error:
        raise NotAuthentic("the query string is malformed") from error
    if not isinstance(value, str):
        raise NotAuthentic(f"the query parameter {name} is missing or stands more than once")
    return value
