"""Several receiver processes for tests: `dialgate serve --processes 2`, started as a user starts it."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import plain_http
from log_scan import read_logs
from receiver import API_KEY, BEARER, PHONE, SITE
from upstairs import ROOT, alive
from waiting import eventually

COMMAND = (sys.executable, "-m", "gateway", "serve", "--processes", "2", "--port", "0")
KEYED = {"Authorization": f"Bearer {API_KEY}"}


@dataclass
class Group:
    """A running supervisor, and its port."""

    process: subprocess.Popen[bytes]
    log: Path
    url: str = ""

    @property
    def port(self) -> int:
        """The port all processes share."""
        return int(self.url.rpartition(":")[2])

    def lines(self, event: str) -> list[dict[str, Any]]:
        """What it logged so far under a name."""
        texts = [text for text in self.log.read_text().splitlines() if text.startswith("{")]
        return [line for line in map(json.loads, texts) if line["event"] == event]

    def members(self) -> list[int]:
        """Process ids of those that live now."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(word) for word in children.read_text().split() if alive(int(word))] if children.exists() else []

    def served(self, number: int) -> int:
        """How often a process began to serve in a place."""
        return sum(line["number"] == number for line in self.lines("receiver.serves"))

    def metric(self, name: str) -> float:
        """A figure, as one of them tells it; -1 if there is none."""
        text = plain_http.get(f"{self.url}/metrics", headers=KEYED).text
        found = [line.rpartition(" ")[2] for line in text.splitlines() if line.startswith(f"{name} ")]
        return float(found[0]) if found else -1.0

    def listens(self) -> bool:
        """Whether anybody takes connections."""
        with socket.socket() as probe:
            probe.settimeout(5)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def end(self, number: int = signal.SIGTERM) -> int:
        """Signal the supervisor and wait; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(90)


def environment(redis_url: str, folder: Path, **changes: str) -> Mapping[str, str]:
    """The environment of a group, with none of our own settings in it."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("DIALGATE_")}
    given = {
        "CONFIG": str(SITE),
        "REDIS_URL": redis_url,
        "API_KEY": API_KEY,
        "DATA_DIR": str(folder / "data"),
        "CALL_API_URL": "http://127.0.0.1:9",
    }
    return {**clean, **{f"DIALGATE_{name}": text for name, text in (given | changes).items()}}


def begun(environ: Mapping[str, str], folder: Path, command: Sequence[str] = COMMAND) -> Group:
    """The command as a process that is starting."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log"
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=output, stderr=output)
    return Group(process=process, log=log)


@contextmanager
def serving(redis_url: str, folder: Path, command: Sequence[str] = COMMAND, **changes: str) -> Iterator[Group]:
    """A group of two that serves; gone in the end, with all its processes."""
    group = begun(environment(redis_url, folder, **changes), folder, command)
    members: list[int] = []
    try:
        eventually(lambda: group.lines("receivers.ready") or group.process.poll() is not None, message="both serve")
        assert group.process.poll() is None, group.log.read_text()
        group.url = group.lines("receivers.ready")[0]["address"]
        members = group.members()
        yield group
    finally:
        members += group.members()
        if group.process.poll() is None:
            group.end()
        eventually(lambda: not any(alive(pid) for pid in members), message="nobody is left")
        read_logs(group.log.read_text())


def lead(name: str) -> bytes:
    """A lead with this id."""
    return json.dumps({"id": name, "interest": "demo", "phone": PHONE}).encode()


def head(body: bytes, *more: str) -> bytes:
    """The head of a request that posts a lead."""
    lines = [f"{name}: {text}" for name, text in {**BEARER, "Host": "x", "Content-Length": str(len(body))}.items()]
    return "\r\n".join(["POST /hooks/bearer HTTP/1.1", *lines, *more, "", ""]).encode()


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """A process that stands still, for less time than it takes to be replaced."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
