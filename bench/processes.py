"""Processes of what is measured: started, found again in /proc with all their children, and ended."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from gateway.embedded import die_with_parent

ROOT = Path(__file__).parent.parent
_TICKS = os.sysconf("SC_CLK_TCK")
_START_SECONDS = 40.0


def tree(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children: list[str] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            children += (task / "children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(one for child in children for one in tree(int(child)))]


def cpu_seconds(pid: int) -> float:
    """User and system time of a tree, children that have ended and were waited for included."""
    total = 0
    for one in tree(pid):
        with suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            total += sum(int(fields[at]) for at in (11, 12, 13, 14))
    return total / _TICKS


def memory_bytes(pid: int) -> int:
    """The proportional set size of a tree: what is shared counts once."""
    total = 0
    for one in tree(pid):
        with suppress(OSError):
            for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total


def free_port() -> int:
    """A TCP port nobody listens on. It stays bound: only who sets SO_REUSEADDR, as servers do, may have it."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port = int(held.getsockname()[1])
    held.detach()
    return port


def wait_for(condition: Callable[[], bool], *, seconds: float = _START_SECONDS, what: str = "") -> None:
    """Returns once the condition holds. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"did not happen within {seconds:g} s: {what}")
        time.sleep(0.02)


def listening(port: int) -> bool:
    """Whether something accepts connections on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass(kw_only=True)
class Processes:
    """Named processes; output goes to `<name>.log` in the folder. `measured` are those whose CPU and memory count."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    adopted: dict[str, int] = field(default_factory=dict)

    def start(self, name: str, command: Sequence[str], **environment: str) -> None:
        """Start one; it dies with this process."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("DIALGATE_")}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(  # noqa: S603 - our own commands, no shell
                command,
                cwd=ROOT,
                env={**inherited, "PYTHONPATH": str(ROOT), **self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - one prctl call, nothing that allocates
            )

    def adopt(self, name: str, pid: int) -> None:
        """Measure a process that somebody else started and will end."""
        self.adopted[name] = pid

    def pids(self) -> dict[str, int]:
        """Every process by its name."""
        return {name: process.pid for name, process in self.running.items()} | self.adopted

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far, by name."""
        return {name: cpu_seconds(pid) for name, pid in self.pids().items()}

    def memory(self) -> dict[str, int]:
        """Memory now in bytes, by name."""
        return {name: memory_bytes(pid) for name, pid in self.pids().items()}

    def wait_for_port(self, name: str, port: int) -> None:
        """Returns once it listens. Raises RuntimeError with the end of its output when it ends instead."""

        def answers() -> bool:
            if self.running[name].poll() is not None:
                raise RuntimeError(f"{name} ended: {(self.folder / f'{name}.log').read_text()[-1500:]}")
            return listening(port)

        wait_for(answers, what=f"{name} listens")

    def freeze(self, prefix: str) -> bool:
        """SIGSTOP to every process whose name begins so; whether there was one."""
        return self._tell(prefix, signal.SIGSTOP)

    def thaw(self, prefix: str) -> bool:
        """SIGCONT to them."""
        return self._tell(prefix, signal.SIGCONT)

    def _tell(self, prefix: str, number: signal.Signals) -> bool:
        told = [process.pid for name, process in self.running.items() if name.startswith(prefix)]
        for pid in told:
            _signal(pid, number)
        return bool(told)

    def stop(self, *names: str) -> None:
        """SIGTERM, then SIGKILL to what stays; all of them when none is named."""
        ending = {name: self.running.pop(name) for name in (names or tuple(self.running))}
        for process in ending.values():
            _signal(process.pid, signal.SIGTERM)
        for process in ending.values():
            try:
                process.wait(6)
            except subprocess.TimeoutExpired:
                _signal(process.pid, signal.SIGKILL)
                process.wait()


def _signal(pid: int, number: signal.Signals) -> None:
    for one in tree(pid):
        with suppress(ProcessLookupError):
            os.kill(one, number)
