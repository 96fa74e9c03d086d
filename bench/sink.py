"""The far end of the bench: the call API's one endpoint with nothing behind it, and a clock beside each contact id.

`python -m bench.sink PORT`. POST /api/calls/outbound is answered 200 after the delay in force, as the call API does.
GET /seen tells, PUT /delay/MS sets the delay, DELETE /seen forgets. Raw asyncio: it must never be what is measured.
"""

import asyncio
import itertools
import sys
import time
from collections.abc import Sequence
from typing import cast

import orjson
import uvloop

_JSON = b"Content-Type: application/json\r\n"


class Far:
    """What arrived: per contact id the first instant, in ns of the monotonic clock, and how often."""

    def __init__(self) -> None:
        self.delay = 0.0
        self.first: dict[str, int] = {}
        self.requests = 0
        self.last = 0
        self.in_flight = 0
        self.most_in_flight = 0

    def forget(self) -> None:
        """A new run begins."""
        self.first, self.requests, self.most_in_flight = {}, 0, self.in_flight

    def arrived(self, contact: str) -> None:
        """One request for a call."""
        now = time.monotonic_ns()
        self.first.setdefault(contact, now)
        self.requests += 1
        self.last = now
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def counts(self) -> dict[str, int]:
        """The figures without the instants: cheap to ask for while something is measured."""
        return {
            "requests": self.requests,
            "contacts": len(self.first),
            "most_in_flight": self.most_in_flight,
            "last": self.last,
        }


class Exchange(asyncio.Protocol):
    """One connection."""

    def __init__(self, far: Far, ids: "itertools.count[int]") -> None:
        self._far = far
        self._ids = ids
        self._buffer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one by behaviour, not by class

    def data_received(self, data: bytes) -> None:
        """Take bytes; answer each whole request."""
        self._buffer += data
        while True:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            lowered = head.lower()
            at = lowered.find(b"content-length:")
            length = int(lowered[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(rest) < length:
                return
            body, self._buffer = rest[:length], rest[length:]
            self._serve(head, body, close=b"connection: close" in lowered)

    def _serve(self, head: bytes, body: bytes, *, close: bool) -> None:
        far = self._far
        if head.startswith(b"POST /api/calls/outbound"):
            far.arrived(orjson.loads(body)["contactId"])
            if far.delay:
                asyncio.get_running_loop().call_later(far.delay, self._placed, close)
            else:
                self._placed(close)
            return
        self._say(self._other(head, body), close=close)

    def _placed(self, close: bool) -> None:
        self._far.in_flight -= 1
        self._say(b'{"id":"call-%d","status":"initiated"}' % next(self._ids), close=close)

    def _other(self, head: bytes, body: bytes) -> bytes:
        method, target = head.split(b" ", 2)[:2]
        far = self._far
        if target == b"/seen" and method == b"DELETE":
            far.forget()
        elif target == b"/seen":
            return orjson.dumps({**far.counts(), "first": far.first})
        elif target == b"/counts":
            return orjson.dumps(far.counts())
        elif target.startswith(b"/delay/"):
            far.delay = int(target.removeprefix(b"/delay/")) / 1000
        elif target.startswith(b"/.well-known/"):
            return b'{"sandbox":true}'
        elif target == b"/api/contacts":
            return orjson.dumps({"id": "contact-" + str(orjson.loads(body)["phone"])})
        return b"{}"

    def _say(self, body: bytes, *, close: bool) -> None:
        if self._transport.is_closing():
            return
        ending = b"Connection: close\r\n" if close else b""
        self._transport.write(b"HTTP/1.1 200 OK\r\n%s%sContent-Length: %d\r\n\r\n%s" % (_JSON, ending, len(body), body))
        if close:
            self._transport.close()


async def serve(port: int) -> None:
    """Answer on a loopback port until the process is stopped."""
    far, ids = Far(), itertools.count(1)
    server = await asyncio.get_running_loop().create_server(
        lambda: Exchange(far, ids), "127.0.0.1", port, backlog=4096, reuse_address=True
    )
    await server.serve_forever()


def main(arguments: Sequence[str]) -> int:
    """Serve on the port given."""
    uvloop.run(serve(int(arguments[0])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
