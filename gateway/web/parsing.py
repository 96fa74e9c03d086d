"""llhttp for a server that speaks one protocol: a wish for another is passed over, as RFC 9110 (7.8) allows.

httptools takes all that follows a head with `Upgrade` for the other protocol, the request's own body with it. Java's
HttpClient and `curl --http2` send such heads without being asked to: here their bodies are read like any other.
"""

from typing import Any, Protocol

import httptools


class Reader(Protocol):
    """What the parser tells of what it reads: the callbacks of httptools, and one more."""

    def plain_head(self) -> bytes:
        """The head that was read last, without its wish."""
        ...


class PlainParser:
    """One connection's parser, as uvicorn uses it. Only CONNECT leaves the protocol: there it raises as httptools does.

    A head with a wish is told to its end as `on_headers_complete` while `should_upgrade()` holds, and as
    `on_message_complete`; then the same head comes once more without it, and the body behind that.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._parser = _new(reader)

    def get_http_version(self) -> str:
        """Of the head just read, e.g. 1.1."""
        return str(self._parser.get_http_version())

    def get_method(self) -> bytes:
        """Of the head just read."""
        return bytes(self._parser.get_method())

    def should_keep_alive(self) -> bool:
        """Whether another request may follow."""
        return bool(self._parser.should_keep_alive())

    def should_upgrade(self) -> bool:
        """Whether the head just read wishes for another protocol, which is to be passed over."""
        return bool(self._parser.should_upgrade()) and self.get_method() != b"CONNECT"

    def feed_data(self, data: bytes) -> None:
        """Read on. Raises httptools.HttpParserError, and HttpParserUpgrade behind a CONNECT."""
        while True:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as wish:
                if self.get_method() == b"CONNECT":
                    raise
                data = self._reader.plain_head() + data[wish.args[0] :]
                self._parser = _new(self._reader)
            else:
                return


def _new(reader: Reader) -> Any:
    parser: Any = httptools.HttpRequestParser(reader)
    parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn has it: the first is answered
    return parser
