"""Breaking connections on purpose. Needs uvicorn with FaultyProtocol, which hands each request its transport."""

import asyncio
import socket
import struct
from typing import cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_LINGER_ZERO = struct.pack("ii", 1, 0)  # close with a reset, not with a goodbye
DRIP_SECONDS = 0.2


class FaultyProtocol(HttpToolsProtocol):
    """Uvicorn's own protocol; the connection's transport is in the scope's state."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn declares it
        """Keep the transport where requests find it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


async def reset(request: Request) -> Response:
    """Reset the connection (RST) without a byte of answer."""
    transport = _transport(request)
    if transport is None:
        return _NOT_POSSIBLE
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    transport.abort()
    return await _gone(request)


async def delay(request: Request, seconds: float) -> None:
    """Wait so long, or until the client leaves."""
    gone = asyncio.create_task(_gone(request))
    await asyncio.wait({gone}, timeout=seconds)
    gone.cancel()


async def stall(request: Request) -> Response:
    """Never answer; ends when the client leaves."""
    return await _gone(request)


async def truncate(request: Request, body: bytes) -> Response:
    """A 200 that announces more than it sends, then a closed connection."""
    transport = _transport(request)
    if transport is None:
        return _NOT_POSSIBLE
    transport.write(_head(len(body) + 100) + body[: len(body) // 2])
    transport.close()
    return await _gone(request)


async def drip(request: Request, body: bytes) -> Response:
    """A 200 that arrives one byte at a time."""
    transport = _transport(request)
    if transport is None:
        return _NOT_POSSIBLE
    gone = asyncio.create_task(_gone(request))
    for byte in _head(len(body)) + body:
        transport.write(bytes([byte]))
        await asyncio.wait({gone}, timeout=DRIP_SECONDS)
        if transport.is_closing():
            break
    transport.close()
    return await gone


def bad_gzip(body: bytes) -> Response:
    """A 200 that claims to be gzip and is not."""
    return Response(b"\x1f\x8b" + body, headers={"content-encoding": "gzip"}, media_type="application/json")


def _transport(request: Request) -> asyncio.Transport | None:
    return cast("asyncio.Transport | None", request.scope.get("state", {}).get("transport"))


def _head(length: int) -> bytes:
    return f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n".encode()


async def _gone(request: Request) -> Response:
    """Wait until the connection is closed; what is returned then goes nowhere."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response()


_NOT_POSSIBLE = JSONResponse({"detail": "This fault needs the sandbox's own server."}, status_code=501)
