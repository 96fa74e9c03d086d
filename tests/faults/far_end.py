"""The far end of the proofs: the sandbox with seeded faults, and a tally of how it answered. Rings count only here."""

import argparse
import random
import sys
from collections import Counter

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workers.sandbox.app import build_sandbox
from workers.sandbox.server import listening_socket, sandbox_server


class Tally:
    """ASGI in front of the sandbox: counts each request of the call API as placed, refused, limited or broken."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.counts: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, passed through and counted."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        seen = Answer(receive, send)
        try:
            await self._app(scope, seen.receive, seen.send)
        finally:
            self.counts[seen.word] += 1

    async def show(self, _: Request) -> JSONResponse:
        """GET /tally."""
        return JSONResponse(self.counts)


class Answer:
    """What one request was answered: `broken` when its connection ended before an answer began."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self.word = "broken"
        self._gone = False

    async def receive(self) -> Message:
        """The next message, watching for the end of the connection."""
        message = await self._receive()
        self._gone = self._gone or message["type"] == "http.disconnect"
        return message

    async def send(self, message: Message) -> None:
        """Passed on; the status is what counts."""
        if message["type"] == "http.response.start" and not self._gone:
            status = message["status"]
            self.word = "fine" if status < 300 else "limited" if status == 429 else "refused"
        await self._send(message)


def main() -> None:
    """Serve on a loopback port, drawing the faults from a seed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    app = build_sandbox(random=random.Random(options.seed).random)
    tally = Tally(app)
    app.routes.append(Route("/tally", tally.show))
    sandbox_server(tally).run(sockets=[listening_socket("127.0.0.1", options.port)])


if __name__ == "__main__":
    sys.exit(main())
