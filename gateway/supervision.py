"""Child processes of `dialgate up`: started in order, kept alive, stopped in order, never orphaned."""

import json
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import IO

from gateway.embedded import die_with_parent
from gateway.errors import GatewayError
from gateway.model import record

_FIRST_RESTART_SECONDS = 0.5
_LONGEST_RESTART_SECONDS = 10.0
_CALM_SECONDS = 30.0  # a child that ran this long starts its next restart without delay
_TAIL_LINES = 20


class ChildFailed(GatewayError):
    """A child did not become ready; says which, and the end of what it wrote."""


@record
class ChildPlan:
    """How to run one child. `ready` is asked until it says yes; `patience` is how long SIGTERM gets."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ready: Callable[[int], bool]  # given the child's process id
    patience: float = 10.0


class Child:
    """One child process. Start it from the main thread: the kernel ties it to the thread that did."""

    def __init__(self, plan: ChildPlan, *, say: Callable[[str, str], None]) -> None:
        self.plan = plan
        self._say = say
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._started_at = 0.0
        self._restart_at: float | None = None
        self._delay = _FIRST_RESTART_SECONDS

    @property
    def running(self) -> bool:
        """Whether the process is there now."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process in a session of its own, so that a terminal's Ctrl-C reaches only us."""
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and modules, no shell
            self.plan.command,
            env=dict(self.plan.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - one prctl call, nothing that allocates
        )
        self._started_at = time.monotonic()
        assert self._process.stdout is not None  # noqa: S101 - stdout is a pipe, three lines above
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    def wait_until_ready(self, *, seconds: float, give_up: Callable[[], bool]) -> None:
        """Returns when it is ready, or when `give_up` says so. Raises ChildFailed if it ends or takes too long."""
        deadline = time.monotonic() + seconds
        while not give_up():
            if not self.running:
                raise ChildFailed(f"{self.plan.name} did not start:\n{self.tail()}")
            if self._process is not None and self.plan.ready(self._process.pid):
                return
            if time.monotonic() > deadline:
                raise ChildFailed(f"{self.plan.name} was not ready within {seconds:.0f} s:\n{self.tail()}")
            time.sleep(0.05)

    def look_after(self) -> None:
        """Restart the process if it has died: at once at first, then later and later."""
        if self.running:
            return
        now = time.monotonic()
        if self._restart_at is None:
            calm = now - self._started_at > _CALM_SECONDS
            self._delay = _FIRST_RESTART_SECONDS if calm else min(self._delay * 2, _LONGEST_RESTART_SECONDS)
            self._restart_at = now + self._delay
            code = None if self._process is None else self._process.returncode
            self._say(self.plan.name, f"ended unexpectedly (exit {code}); starting again in {self._delay:.1f} s")
        elif now >= self._restart_at:
            self._restart_at = None
            self.start()

    def stop(self, *, at_once: Callable[[], bool]) -> None:
        """SIGTERM, then wait for it to end by itself; SIGKILL when its patience is over or `at_once` says so."""
        if self._process is None:
            return
        if self.running:
            self._process.terminate()
        deadline = time.monotonic() + self.plan.patience
        while self.running and time.monotonic() < deadline and not at_once():
            time.sleep(0.02)
        if self.running:
            self._process.kill()
        self._process.wait()
        if self._reader is not None:
            self._reader.join(1)

    def tail(self) -> str:
        """The last lines it wrote."""
        if self._reader is not None and not self.running:
            self._reader.join(1)
        return "\n".join(f"  {line}" for line in self._tail) or "  (it wrote nothing)"

    def _read(self, output: IO[str]) -> None:
        with output:
            for line in output:
                text = readable(line.rstrip())
                self._tail.append(text)
                self._say(self.plan.name, text)


def readable(line: str) -> str:
    """A JSON log line as a person reads it, `level event key=value …`; any other line as it is."""
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    if not isinstance(entry, dict) or "event" not in entry:
        return line
    head = f"{entry.pop('level', 'info')} {entry.pop('event')}"
    trace = entry.pop("exception", None)
    rest = " ".join(f"{key}={value}" for key, value in entry.items() if key not in {"timestamp", "logger"})
    return "\n".join(part for part in (f"{head} {rest}".rstrip(), trace) if part)


def python(*words: str) -> tuple[str, ...]:
    """A command that runs one of our modules with this very interpreter."""
    return (sys.executable, "-m", *words)
