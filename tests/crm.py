"""A CRM of our own: a real HTTP server that answers as a test tells it to, and remembers what it was asked."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from on_a_thread import Quiet, served

CONTACT = {"id": "1801", "properties": {"phone": "+14155550123", "firstname": "Ann", "lastname": "Lee"}}


@dataclass(frozen=True)
class Answer:
    """One answer, after `slow` seconds; `hangs` waits until the CRM ends."""

    status: int = 200
    body: bytes = json.dumps(CONTACT).encode()
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False
    slow: float = 0


@dataclass
class Crm:
    """The server: `answers` are given in order, the last one for ever; `asked` are paths and headers."""

    url: str = ""
    answers: list[Answer] = field(default_factory=lambda: [Answer()])
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)  # of those that were posted
    under_way: int = 0
    most_at_once: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [path for path, _ in self.asked]

    def next_answer(self, path: str, headers: dict[str, Any]) -> Answer:
        """Remember a request, and what it is to be answered."""
        self.asked.append((path, headers))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def _tell(to: BaseHTTPRequestHandler, answer: Answer, over: threading.Event, before: Callable[[], None]) -> None:
    """Give one answer, and call `before` just before."""
    if answer.hangs:
        over.wait(30)
        return
    over.wait(answer.slow)
    before()
    to.send_response(answer.status)
    for name, value in answer.headers.items():
        to.send_header(name, value)
    to.send_header("Content-Length", str(len(answer.body)))
    to.end_headers()
    to.wfile.write(answer.body)


@contextmanager
def crm_on_a_thread() -> Iterator[Crm]:
    """A CRM on a loopback port."""
    crm, lock = Crm(), threading.Lock()

    def leave() -> None:
        with lock:
            crm.under_way -= 1

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer as told."""
            headers = {name.lower(): value for name, value in self.headers.items()}
            with lock:
                crm.under_way += 1
                crm.most_at_once = max(crm.most_at_once, crm.under_way)
                answer = crm.next_answer(self.path, headers)
            _tell(self, answer, crm.over, before=leave)

        def do_POST(self) -> None:
            """Keep what was posted, and answer as told."""
            crm.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.do_GET()

    with served(Handler, crm.over) as crm.url:
        yield crm
