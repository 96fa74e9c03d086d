"""Processes that a proof kills, freezes and starts again; none outlives it."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from waiting import eventually

from gateway.embedded import die_with_parent
from gateway.failpoints import VARIABLE

ROOT = Path(__file__).parent.parent.parent


def tree(pid: int) -> list[int]:
    """A process and all its descendants, whatever process group they moved to."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(one for child in children for one in tree(int(child)))]


@dataclass(kw_only=True)
class Processes:
    """Named parts, each a process group of its own, started with one environment. Output goes to `<name>.log`."""

    folder: Path
    environment: dict[str, str]
    commands: Mapping[str, tuple[str, ...]]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *, failpoint: str = "") -> None:
        """Start a part, with a failpoint armed if one is named. From the main thread: it dies with its starter."""
        extra = {VARIABLE: failpoint} if failpoint else {}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", *self.commands[name]],
                cwd=ROOT,
                env={**self.environment, **extra},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - one prctl call, nothing that allocates
            )

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to the part and whatever it started."""
        if not self.alive(name):
            return
        for pid in tree(self.running[name].pid):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self, name: str) -> None:
        """SIGKILL to the whole tree of a part, as a crash of its machine would."""
        self.signal(name, signal.SIGKILL)
        self.running.pop(name).wait()

    def alive(self, name: str) -> bool:
        """Whether the part is there; a frozen one is."""
        return name in self.running and self.running[name].poll() is None

    def frozen(self, name: str) -> bool:
        """Whether every thread of the part stands still, by SIGSTOP."""
        try:
            text = Path(f"/proc/{self.running[name].pid}/stat").read_text()
        except OSError:
            return False
        return text.rpartition(")")[2].split()[0] == "T"

    def end(self, name: str, *, seconds: float = 45.0) -> None:
        """Wait until the part has ended by itself."""
        eventually(lambda: not self.alive(name), seconds=seconds, message=f"{name} ends")
        self.running.pop(name)

    def stop_all(self) -> None:
        """SIGTERM to what runs, SIGKILL to what stays: nothing is left behind."""
        for name in self.running:
            self.signal(name, signal.SIGCONT)
            self.signal(name, signal.SIGTERM)
        for name, process in list(self.running.items()):
            try:
                process.wait(8)
            except subprocess.TimeoutExpired:
                self.signal(name, signal.SIGKILL)
                process.wait()
        self.running.clear()

    def logs(self, last: int = 1500) -> str:
        """The end of every part's output, for a failure's message."""
        return "\n".join(f"== {path.name}\n{path.read_text()[-last:]}" for path in sorted(self.folder.glob("*.log")))
