"""The command for tests: run in this process, and `dialgate up` as a process that leaves nothing behind."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import plain_http
import pytest
from log_scan import read_logs
from waiting import eventually

from gateway.cli import main
from gateway.model import record

ROOT = Path(__file__).parent.parent
SHIPPED = ROOT / "config" / "dialgate.yaml"


@record
class Answer:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its output as JSON."""
        return json.loads(self.out)


class Dialgate:
    """Runs the command as the console script does, and catches what it prints and how it ends."""

    typed = ""  # what a person answers; nobody is there by default

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *words: str) -> Answer:
        """One command line."""
        self._monkeypatch.setattr(sys, "argv", ["dialgate", *words])
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(self.typed))
        self._capsys.readouterr()
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        else:
            code = 0
        out, err = self._capsys.readouterr()
        return Answer(code=code, out=out, err=err)


@dataclass
class Up:
    """A running `dialgate up`."""

    folder: Path
    process: subprocess.Popen[str]

    @property
    def file(self) -> dict[str, str]:
        """What it left for other commands."""
        content: dict[str, str] = json.loads((self.folder / "up.json").read_text())
        return content

    def rings(self) -> list[dict[str, str]]:
        """What the sandbox heard."""
        heard: list[dict[str, str]] = plain_http.get(f"{self.file['sandbox_url']}/rings").json()
        return heard

    def children(self) -> list[int]:
        """Process ids of everything it started."""
        return [pid for pid, parent in _processes() if parent == self.process.pid]

    def stop(self, number: signal.Signals = signal.SIGINT) -> str:
        """Signal it and wait; what it printed since it was ready."""
        self.process.send_signal(number)
        written = self.process.communicate(timeout=60)[0]
        read_logs(written)
        return written


def start_up(folder: Path, *words: str, config: Path = SHIPPED, **environ: str) -> subprocess.Popen[str]:
    """Start `dialgate up` on free ports."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("DIALGATE_")}
    flags = ["--config", str(config), "--data-dir", str(folder), "--port", "0", "--sandbox-port", "0", *words]
    return subprocess.Popen(
        [sys.executable, "-m", "gateway", "up", *flags],
        cwd=ROOT,
        env={**clean, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def started_up(folder: Path, *words: str, config: Path = SHIPPED, **environ: str) -> Iterator[Up]:
    """A running `dialgate up`, ready; stopped in the end if it still runs."""
    process = start_up(folder, *words, config=config, **environ)
    running = Up(folder, process)
    try:
        eventually(lambda: (folder / "up.json").exists() or process.poll() is not None, seconds=60)
        if process.poll() is not None:
            raise AssertionError(process.communicate()[0])
        yield running
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        written, _ = process.communicate(timeout=60)
    read_logs(written or "")


def alive(pid: int) -> bool:
    """Whether a process is there, and not only waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _processes() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            yield int(entry.name), int(fields[1])
