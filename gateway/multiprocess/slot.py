"""One slot of the group: the process that has it, whether its event loop turns, and when the next one starts."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

import structlog

from gateway.embedded import die_with_parent
from gateway.model import record
from gateway.multiprocess.listeners import Listeners
from gateway.multiprocess.orders import SERVING, Orders

_LINE_BYTES = 4096

log = structlog.stdlib.get_logger("dialgate.receivers")


@record
class Patience:
    """Seconds. After a process that was calm for so long the next one starts soon, else after twice the last wait."""

    beat: float = 30.0  # without a beat, the process hangs
    start: float = 120.0  # until the first beat: imports, on a busy machine
    first_wait: float = 0.5
    longest_wait: float = 10.0
    calm: float = 30.0
    end: float = 45.0  # for a told process to end; its own grace is a third of it


@record
class Place:
    """What every process in one slot is given."""

    number: int
    folder: str
    listeners: Listeners
    neighbours: Listeners
    environment: Mapping[str, str]


class Slot:
    """A slot and the process that has it now. For one thread, the one that lives as long as the group."""

    def __init__(self, place: Place, patience: Patience) -> None:
        self.number = place.number
        self.serving = False
        self._place = place
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._started = self._heard = self._ended = float("-inf")
        self._spoke = self._killed = False
        self._wait = 0.0

    @property
    def line(self) -> socket.socket | None:
        """Readable when the process says something, or ends."""
        return self._line

    @property
    def running(self) -> bool:
        """Whether there is a process that was not buried yet."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """The process's id, 0 without one."""
        return 0 if self._process is None else self._process.pid

    def due(self, now: float, *, alone: bool) -> bool:
        """Whether a process is to be started here; `alone`: there is no other, so the wait is a short one."""
        wait = min(self._wait, self._patience.first_wait) if alone else self._wait
        return self._process is None and now >= self._ended + wait

    def start(self, now: float) -> str:
        """Start one. It is a program of its own and inherits nothing of us but its sockets and its line.

        What kept us from it, such as no memory, process or file for it, "" if nothing did; else the next try is due
        after a wait.
        """
        try:
            self._line, self._process = self._spawned()
        except (OSError, subprocess.SubprocessError) as error:
            self._put_off(now, calm=False)
            return str(error)
        self.serving = self._spoke = self._killed = False
        self._started = self._heard = now
        return ""

    def _spawned(self) -> "tuple[socket.socket, subprocess.Popen[bytes]]":
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        mine, others = _numbers(self._place.listeners), _numbers(self._place.neighbours)
        orders = Orders(
            number=self.number, folder=self._place.folder, line=theirs.fileno(), listeners=mine, neighbours=others
        )
        with theirs, ExitStack() as undone:
            undone.callback(ours.close)
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
                [sys.executable, "-m", "gateway.multiprocess.member", orders.write()],
                env=dict(self._place.environment),
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), *mine, *others),
                start_new_session=True,  # a terminal's Ctrl-C reaches only us, and we pass it on once
                preexec_fn=die_with_parent,  # noqa: PLW1509 - one prctl call, nothing that allocates
            )
            undone.pop_all()
        return ours, process

    def listen(self, now: float) -> bool:
        """Take what the process said; True when it serves from here on."""
        if self._line is None:
            return False
        try:
            said = self._line.recv(_LINE_BYTES)
        except BlockingIOError:
            return False
        except ConnectionResetError:
            said = b""
        if not said:  # it is ending
            self._hang_up()
            return False
        self._heard, self._spoke = now, True
        before, self.serving = self.serving, self.serving or SERVING in said
        return self.serving and not before

    def ended(self, now: float) -> int | None:
        """How the process ended, once, if it has; the next one is then due after a wait."""
        if self._process is None or (code := self._process.poll()) is None:
            return None
        self._put_off(now, calm=now - self._started > self._patience.calm)
        self._process, self.serving = None, False
        self._hang_up()
        return code

    @property
    def wait(self) -> float:
        """Seconds from the end of the last process to the next."""
        return self._wait

    @property
    def hung(self) -> bool:
        """Whether the last process was killed because its event loop stood still."""
        return self._killed

    def kill_if_hung(self, now: float) -> None:
        """End a process whose event loop stands still: its connections are lost, as with one that dies."""
        patience = self._patience.beat if self._spoke else self._patience.start
        if self._process is not None and not self._killed and now - self._heard > patience:
            log.error("receiver.hangs", number=self.number, pid=self.pid, seconds=round(now - self._heard))
            self._killed = True
            self._process.kill()

    def forgive(self, now: float) -> None:
        """We did not look for a while: silence so far does not count."""
        self._heard = now

    def signal(self, number: int) -> None:
        """Pass a signal on."""
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)

    def _put_off(self, now: float, *, calm: bool) -> None:
        first, longest = self._patience.first_wait, self._patience.longest_wait
        self._wait = first if calm or not self._wait else min(self._wait * 2, longest)
        self._ended = now

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


def _numbers(listeners: Sequence[socket.socket]) -> tuple[int, ...]:
    return tuple(one.fileno() for one in listeners)
