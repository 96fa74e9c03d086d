"""The load generator, a process of its own: `python -m bench.load '{"host": …}'`, answers JSON on its output.

Open loop: each request has its instant, whatever became of those before it, and latency counts from that instant,
so a server that stalls cannot hide it (no coordinated omission). Closed loop: so many connections, each sending
again as soon as it was answered. Plain sockets and one epoll: some 15 µs a request, less than any server here needs.
"""

import json
import select
import socket
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from bench.webhooks import requests_of

_GIVE_UP_SECONDS = 60.0
_AGAIN_SECONDS = 0.05
_COME_AGAIN = frozenset({"429", "503"})
_END_OF_CHUNKS = b"0\r\n\r\n"


@dataclass(kw_only=True)
class Plan:
    """What to send. `rate` a second, or as fast as `connections` allow when it is 0; `seconds` ends a closed loop."""

    host: str
    port: int
    run: str
    first: int
    count: int
    path: str = "/hooks/leads"
    rate: float = 0.0
    connections: int = 32
    seconds: float = 0.0
    insist: bool = False  # closed loop: send what was refused by 429 or 503 again, as senders do


@dataclass(kw_only=True)
class Sent:
    """What came of it. Latencies in ns from the scheduled instant; `scheduled` in ns of the monotonic clock."""

    seconds: float
    cpu_seconds: float
    answered: int
    statuses: dict[str, int]
    latencies: list[int] = field(default_factory=list)
    scheduled: list[int] = field(default_factory=list)


class _Connection:
    """One keep-alive connection with at most one request under way."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.index = self.scheduled = 0
        self._buffer = b""

    def send(self, index: int, request: bytes, scheduled: int) -> None:
        self.index, self.scheduled, self._buffer = index, scheduled, b""
        sent = self.socket.send(request)
        while sent < len(request):
            select.select((), (self.socket,), ())
            sent += self.socket.send(request[sent:])

    def status(self) -> str | None:
        """The status once the answer is whole; None before. `closed` when the server hung up."""
        try:
            part = self.socket.recv(65536)
        except ConnectionError:
            part = b""
        if not part:
            return "closed"
        self._buffer += part
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return None
        return head[9:12].decode() if _whole(head.lower(), body) else None


def _whole(head: bytes, body: bytes) -> bool:
    at = head.find(b"content-length:")
    if at >= 0:
        return len(body) >= int(head[at + 15 :].split(b"\r\n", 1)[0])
    return body.endswith(_END_OF_CHUNKS) if b"transfer-encoding" in head else True


def _requests(plan: Plan) -> Iterator[bytes]:
    return requests_of(plan.run, plan.first, plan.count, host=f"{plan.host}:{plan.port}", path=plan.path)


class Generator:
    """One run: `run()` sends everything and waits for the answers."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._requests = list(_requests(plan))
        self._epoll = select.epoll()
        self._open: dict[int, _Connection] = {}
        self._idle: list[_Connection] = []
        self._late: deque[int] = deque()
        self._refused: deque[tuple[int, int]] = deque()  # when to send again, and what
        self._latencies: list[int] = []
        self._scheduled: list[int] = []
        self._statuses: Counter[str] = Counter()
        for _ in range(plan.connections):
            self._connect()

    def run(self) -> Sent:
        """Send, wait, count."""
        cpu, began = time.process_time(), time.monotonic_ns()
        if self._plan.rate:
            self._open_loop(began)
        else:
            self._closed_loop(began)
        return Sent(
            seconds=(time.monotonic_ns() - began) / 1e9,
            cpu_seconds=time.process_time() - cpu,
            answered=len(self._latencies),
            statuses=dict(self._statuses),
            latencies=self._latencies,
            scheduled=self._scheduled,
        )

    def _open_loop(self, began: int) -> None:
        step = 1e9 / self._plan.rate
        total = len(self._requests)
        give_up = began + int(total * step + _GIVE_UP_SECONDS * 1e9)
        while len(self._latencies) < total and (now := time.monotonic_ns()) < give_up:
            following = len(self._scheduled)
            due = began + int(following * step) if following < total else give_up
            if now >= due:
                self._scheduled.append(due)
                self._late.append(following)
                self._send_late()
                continue
            self._hear(min((due - now) / 1e9, 0.5))
            self._send_late()

    def _send_late(self) -> None:
        while self._late:
            if not self._idle and len(self._open) < self._plan.connections * 8:
                self._connect()
            if not self._idle:
                return
            index = self._late.popleft()
            self._idle.pop().send(index, self._requests[index], self._scheduled[index])

    def _closed_loop(self, began: int) -> None:
        end = began + int(self._plan.seconds * 1e9) if self._plan.seconds else 2**63
        total = len(self._requests)
        while len(self._latencies) < len(self._scheduled) or len(self._scheduled) < total:
            now = time.monotonic_ns()
            if now < end:
                self._send_to_all_idle(total, now)
            elif len(self._idle) == len(self._open) or now > end + _GIVE_UP_SECONDS * 1e9:
                return
            self._hear(_AGAIN_SECONDS if self._refused else 0.5)

    def _send_to_all_idle(self, total: int, now: int) -> None:
        while self._idle and self._refused and self._refused[0][0] <= now:
            index = self._refused.popleft()[1]
            self._idle.pop().send(index, self._requests[index], self._scheduled[index])
        while self._idle and len(self._scheduled) < total:
            index = len(self._scheduled)
            self._scheduled.append(time.monotonic_ns())
            self._idle.pop().send(index, self._requests[index], self._scheduled[index])

    def _hear(self, seconds: float) -> None:
        # select on the epoll itself: its timeout is exact to microseconds, epoll's own only to milliseconds
        if not select.select((self._epoll,), (), (), seconds)[0]:
            return
        for number, _ in self._epoll.poll(0):
            connection = self._open[number]
            status = connection.status()
            if status is None:
                continue
            if connection in self._idle:  # a server may close what nobody uses
                self._idle.remove(connection)
                self._drop(number)
                continue
            self._statuses[status] += 1
            now = time.monotonic_ns()
            if self._plan.insist and status in _COME_AGAIN:
                self._refused.append((now + int(_AGAIN_SECONDS * 1e9), connection.index))
            else:
                self._latencies.append(now - connection.scheduled)
            if status == "closed":
                self._drop(number)
            else:
                self._idle.append(connection)

    def _connect(self) -> None:
        connection = _Connection(self._plan.host, self._plan.port)
        self._open[connection.socket.fileno()] = connection
        self._epoll.register(connection.socket, select.EPOLLIN)
        self._idle.append(connection)

    def _drop(self, number: int) -> None:
        connection = self._open.pop(number)
        self._epoll.unregister(number)
        connection.socket.close()
        self._connect()


def main(arguments: Sequence[str]) -> int:
    """Run the plan given as JSON; the result goes to the output as JSON."""
    plan: Mapping[str, object] = json.loads(arguments[0])
    generator = Generator(Plan(**plan))  # type: ignore[arg-type] # our own caller's JSON
    json.dump(asdict(generator.run()), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
