"""A server of bare sockets that misbehaves on command and counts every byte of the requests it is sent."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from types import TracebackType

PATIENCE = 30.0  # seconds: a script that waits longer than this has gone wrong


class Conversation:
    """One accepted connection, for a script to read from, answer on and break."""

    def __init__(self, sock: socket.socket, over: threading.Event) -> None:
        self._sock = sock
        self._over = over
        self.received = bytearray()

    def read_request(self) -> None:
        """Read one request: its head, and as much body as it announces."""
        while b"\r\n\r\n" not in self.received:
            self._read_some()
        head, _, body = bytes(self.received).partition(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
        missing = int(lengths[0]) - len(body) if lengths else 0
        target = len(self.received) + missing
        while len(self.received) < target:
            self._read_some()

    def await_request(self) -> None:
        """Wait until the request begins to arrive, and leave it unread."""
        self._sock.recv(1, socket.MSG_PEEK)

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._sock.sendall(data)

    def drip(self, data: bytes, *, seconds: float) -> None:
        """Send one byte each so many seconds, until the other side leaves or the test is over."""
        for byte in data:
            if self._over.wait(seconds):
                return
            self._sock.sendall(bytes([byte]))

    def say_nothing(self) -> None:
        """Keep the connection open until the test is over."""
        self._over.wait(PATIENCE)

    def left(self) -> bool:
        """Whether the client closed its side, waiting for it."""
        return self._sock.recv(1) == b""

    def reset(self) -> None:
        """Reset the connection (RST)."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()

    def _read_some(self) -> None:
        data = self._sock.recv(65536)
        if not data:
            raise ConnectionError("the client left")
        self.received += data


Script = Callable[[Conversation], None]


class RawServer:
    """Runs `script` for each connection on a thread of its own. `conversations` keeps what each received."""

    def __init__(self, script: Script, *, tls: ssl.SSLContext | None = None) -> None:
        self._script = script
        self._tls = tls
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self.conversations: list[Conversation] = []
        self.connections = 0

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """Its address for a client."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def bytes_received(self) -> int:
        """Bytes of requests that arrived, over all connections; inside TLS, what came out of it."""
        return sum(len(conversation.received) for conversation in self.conversations)

    def __enter__(self) -> "RawServer":
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.connections += 1
                self._start(lambda sock=sock: self._converse(sock))

    def _converse(self, sock: socket.socket) -> None:
        sock.settimeout(PATIENCE)
        with contextlib.suppress(OSError):  # the client leaves whenever it likes
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
            conversation = Conversation(sock, self._over)
            self.conversations.append(conversation)
            try:
                self._script(conversation)
            finally:
                sock.close()


def after_request(*answer: bytes) -> Script:
    """A script: read the whole request, send `answer`, close."""

    def script(conversation: Conversation) -> None:
        conversation.read_request()
        for part in answer:
            conversation.send(part)

    return script


def response(status: int, body: bytes = b"{}", *headers: str) -> bytes:
    """A well-formed answer."""
    lines = [f"HTTP/1.1 {status} Status", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body
