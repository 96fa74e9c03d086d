"""The product as it runs: Valkey, sandbox, receiver, workers and sweeper, each its own process."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import plain_http
from log_scan import read_logs
from ports import free_port
from waiting import eventually

from gateway.embedded import EmbeddedValkey

API_KEY = "acceptance-key"
ROOT = Path(__file__).parent.parent.parent


@dataclass(kw_only=True)
class Stack:
    """A running Dialgate with its sandbox; `url` takes webhooks, `rings()` is what the far end counted."""

    folder: Path
    port: int
    sandbox_port: int
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The receiver's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox_url(self) -> str:
        """The sandbox's address."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    def start(self, name: str, *command: str) -> None:
        """Start one process; its output goes to a file of its name."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *command], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def kill(self, name: str) -> None:
        """SIGKILL, as a crash would."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """SIGTERM to everything, then wait."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(60)

    def rings(self) -> list[dict[str, str]]:
        """Every ring the sandbox counted, in order. AssertionError if a part of the product has ended by itself."""
        ended = [name for name, process in self.processes.items() if process.poll() is not None]
        assert not ended, f"ended by itself: {ended}"
        return plain_http.get(f"{self.sandbox_url}/rings", timeout=30).raise_for_status().json()

    def ask(self, path: str) -> dict[str, object]:
        """A GET of the API."""
        headers = {"Authorization": f"Bearer {API_KEY}"}
        return plain_http.get(self.url + path, headers=headers, timeout=60).raise_for_status().json()

    def logs(self) -> str:
        """The end of every process's output, for a failing test's message."""
        return "\n".join(f"== {path.name}\n{path.read_text()[-1500:]}" for path in sorted(self.folder.glob("*.log")))


@contextmanager
def running(
    folder: Path, valkey: EmbeddedValkey, config: Path, *, workers: int = 2, **settings: str
) -> Iterator[Stack]:
    """Everything running and ready, with further settings by their variables' names; stopped in the end."""
    port, sandbox_port = free_port(), free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DIALGATE_")},
        "DIALGATE_CONFIG": str(config),
        "DIALGATE_REDIS_URL": valkey.url,
        "DIALGATE_CALL_API_URL": f"http://127.0.0.1:{sandbox_port}",
        "DIALGATE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "DIALGATE_PORT": str(port),
        "DIALGATE_API_KEY": API_KEY,
        "DIALGATE_DATA_DIR": str(folder / "data"),
        "DIALGATE_SANDBOX": "true",
        **settings,
    }
    stack = Stack(folder=folder, port=port, sandbox_port=sandbox_port, environment=environment)
    try:
        stack.start("sandbox", "workers.sandbox", "--port", str(sandbox_port))
        eventually(lambda: _answers(f"{stack.sandbox_url}/rings"), message="the sandbox answers")
        stack.start("serve", "gateway", "serve")
        for number in range(workers):
            stack.start(f"work-{number}", "workers", "work")
        stack.start("sweep", "workers", "sweep")
        eventually(lambda: _answers(f"{stack.url}/readyz"), seconds=90, message="the receiver is ready")
        yield stack
    except AssertionError as error:
        raise AssertionError(f"{error}\n{stack.logs()}") from error
    finally:
        stack.stop()
    read_logs(folder)


def _answers(url: str) -> bool:
    try:
        return plain_http.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False
