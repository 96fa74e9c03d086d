"""Requests with one byte changed, and whether our provider takes a request."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from gateway.contracts import Source
from gateway.errors import NotAuthentic
from gateway.model import Request


def takes(source: Source, request: Request, now: datetime) -> bool:
    """Whether our provider takes the request."""
    try:
        return bool(source.provider.authenticate(request, source, now))
    except NotAuthentic:
        return False


def tampered(request: Request) -> Iterator[Request]:
    """The request with one byte of its body changed, at some thirty places, and with one added; text all the same."""
    body = request.body
    for at in range(0, len(body), max(len(body) // 30, 1)):
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        text = changed.decode(errors="replace")
        if text.isprintable() and "\ufffd" not in text:
            yield replace(request, body=changed)
    yield replace(request, body=body + (b"1" if body else b"a=1"))


def with_headers(request: Request, headers: object) -> Request:
    """The request with further headers, given as pairs or as a mapping."""
    return replace(
        request, headers=(*request.headers, *((name.lower(), value) for name, value in dict(headers).items()))
    )
