"""An answer whose length is known leaves in one piece: uvicorn writes head and body apart, and each costs the kernel as
much as a twentieth of what accepting a webhook takes, on both sides of the connection."""

import asyncio

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


class WholeAnswer:
    """The connection as one request's cycle sees it. The head of an answer waits for what of its body comes first.

    Only where there is a body to come, of a length that is told: the head of a stream goes at once.
    """

    __slots__ = ("_cycle", "_head", "_transport")

    def __init__(self, transport: asyncio.Transport, cycle: RequestResponseCycle) -> None:
        self._transport = transport
        self._cycle = cycle
        self._head: bytes | None = None  # not there yet; empty once it is on its way

    def write(self, data: bytes) -> None:
        """Send bytes of the answer, or of what goes before it."""
        cycle = self._cycle
        if self._head:
            data, self._head = self._head + data, b""
        elif self._head is None and cycle.response_started:
            told = cycle.chunked_encoding is False and cycle.scope["method"] != "HEAD"
            self._head = data if told else b""
            if told:
                return
        self._transport.write(data)

    def close(self) -> None:
        """Close once everything is sent."""
        if self._head:
            self._transport.write(self._head)
            self._head = b""
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether it is closing or closed."""
        return self._transport.is_closing()
