"""A real HTTP server on a loopback port, for tests that play a far end."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Quiet(BaseHTTPRequestHandler):
    """A handler that writes no log, and to whom a client that hangs up early is no fault."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        """One connection."""
        try:
            super().handle()
        except OSError:
            self.close_connection = True


@contextmanager
def served(handler: type[Quiet], over: threading.Event) -> Iterator[str]:
    """The address it answers at; `over` is set before the end, so that no answer keeps the server waiting."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join(60)
