"""Reading a request's body: bounded in bytes and in time, and never half a body."""

import asyncio
from collections.abc import Callable, Sequence

from starlette.types import Message, Receive

from gateway.errors import EncodingRefused, TooLarge, WebhookRejected

Headers = Sequence[tuple[bytes, bytes]]
BODY_SECONDS = 10.0


class TooSlow(WebhookRejected):
    """408: the body did not arrive in time."""

    status = 408


class ClientGone(Exception):
    """The client hung up before its body was complete: there is nobody to answer and nothing to keep."""


def _unaccounted(_: int) -> None:
    pass


async def read_body(
    receive: Receive,
    headers: Headers,
    *,
    limit: int,
    seconds: float | None = None,
    hold: Callable[[int], None] = _unaccounted,
) -> bytes:
    """The whole body. Raises EncodingRefused, TooLarge, TooSlow or ClientGone; nothing is kept then.

    A Content-Length over the limit is refused before a byte is read; a chunked body as soon as it is over.
    It must arrive within `seconds`, BODY_SECONDS unless given. `hold` is told of each part's bytes, and may raise.
    """
    _refuse_encoding(headers)
    _refuse_length(headers, limit)
    seconds = BODY_SECONDS if seconds is None else seconds
    try:
        async with asyncio.timeout(seconds):
            return await _collect(receive, limit, hold)
    except TimeoutError:
        raise TooSlow(f"the body did not arrive within {seconds:g} s") from None


def replay_body(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body already read, then whatever the connection says next."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


async def _collect(receive: Receive, limit: int, hold: Callable[[int], None]) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise TooLarge(f"the body is over {limit} bytes")
        hold(len(part))
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _refuse_encoding(headers: Headers) -> None:
    for name, value in headers:
        if name == b"content-encoding" and value.strip().lower() not in {b"", b"identity"}:
            raise EncodingRefused("the body has a Content-Encoding; send it as it is")


def _refuse_length(headers: Headers, limit: int) -> None:
    for name, value in headers:
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            raise TooLarge(f"the body is over {limit} bytes")
