"""An endpoint of our own: a real HTTP server that takes POSTs, answers as a test tells it to, and remembers them."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from on_a_thread import Quiet, served


@dataclass(frozen=True)
class Post:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Says:
    """One answer; `hangs` waits until the endpoint ends."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False


@dataclass
class Ear:
    """The server: `answers` are given in order, the last one for ever."""

    url: str = ""
    answers: list[Says] = field(default_factory=lambda: [Says()])
    heard: list[Post] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def next_answer(self, post: Post) -> Says:
        """Remember a request, and what it is to be answered."""
        self.heard.append(post)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def ear_on_a_thread() -> Iterator[Ear]:
    """An endpoint on a loopback port."""
    ear = Ear()

    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Take one, and answer as told."""
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            says = ear.next_answer(Post(path=self.path, headers=headers, body=body))
            if says.hangs:
                ear.over.wait(30)
                return
            self.send_response(says.status)
            for name, value in says.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(says.body)))
            self.end_headers()
            self.wfile.write(says.body)

    with served(Handler, ear.over) as ear.url:
        yield ear
