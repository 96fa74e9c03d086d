"""The supervisor of several receiver processes: it holds their sockets, starts, watches, replaces and ends them.

It reads no request and knows no Redis, so there is little in it that could fail. Why not uvicorn's own:
docs/decisions/0011-a-supervisor-of-our-own.md.
"""

import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import structlog

from gateway.errors import ConfigInvalid, Problem
from gateway.logs import configure_logging
from gateway.multiprocess.counts import SUPERVISOR, GroupCounts
from gateway.multiprocess.folder import private_folder
from gateway.multiprocess.listeners import Entrance, open_listeners
from gateway.multiprocess.slot import Patience, Place, Slot
from gateway.settings import Settings
from gateway.web.shared_figures import make_room
from gateway.web.shared_guesses import create_guesses

STARTUP_FAILED = 3  # uvicorn's exit code for an application that does not start, and ours

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_LOOK_SECONDS = 0.1
_ABSENT_SECONDS = 5.0  # we ourselves were stopped, or the machine stood still

log = structlog.stdlib.get_logger("dialgate.receivers")


class Group:
    """The slots, and the one loop that looks after them."""

    def __init__(self, entrance: Entrance, folder: Path, counts: GroupCounts, patience: Patience) -> None:
        self._entrance = entrance
        self._counts = counts
        self._patience = patience
        self._told: list[int] = []
        self._said_ready = False
        self._slots = [
            Slot(
                Place(
                    number=number,
                    folder=str(folder),
                    listeners=mine,
                    neighbours=[one for other in entrance.listeners if other is not mine for one in other],
                    environment=os.environ,
                ),
                patience,
            )
            for number, mine in enumerate(entrance.listeners)
        ]

    def run(self) -> int:
        """Look after them until told to stop; the signal that told it. Raises SystemExit when none can start."""
        with self._hearing():
            looked = time.monotonic()
            while not self._told:
                now = self._wait()
                if now - looked > _ABSENT_SECONDS:
                    self._forgive(now)
                looked = now
                self._look(now)
            first = self._told[0]
            self._stop()
        return first

    def _look(self, now: float) -> None:
        """Until one serves only one is started: what stands in the way of all is found, and told, once."""
        for slot in self._slots:
            if slot.listen(now):
                log.info("receiver.serves", number=slot.number, pid=slot.pid)
            slot.kill_if_hung(now)
            pid, code = slot.pid, slot.ended(now)
            if code is not None:
                self._note_end(slot, pid, code)
        for slot in self._slots:
            alone = not any(other.running for other in self._slots)
            if (alone or any(other.serving for other in self._slots)) and slot.due(now, alone=alone):
                self._start(slot, now)
        serving = sum(slot.serving for slot in self._slots)
        self._counts.serving(serving)
        if serving == len(self._slots) and not self._said_ready:
            self._said_ready = True
            log.info(
                "receivers.ready", processes=serving, address=_address(self._entrance.listeners[0][0].getsockname())
            )

    def _start(self, slot: Slot, now: float) -> None:
        problem = slot.start(now)
        if problem:  # no reason to end those that serve
            log.error("receiver.not_started", number=slot.number, problem=problem, next_in_seconds=slot.wait)

    def _note_end(self, slot: Slot, pid: int, code: int) -> None:
        others = any(other.running for other in self._slots)
        if code > 0 and not others:
            raise SystemExit(code)  # it said why itself, and the next one would say the same
        self._counts.replaced("hung" if slot.hung else "ended")
        log.error("receiver.ended", number=slot.number, pid=pid, code=code, next_in_seconds=slot.wait)

    def _stop(self) -> None:
        """No further connection; then they drain. A second Ctrl-C breaks that off; so does the end of our patience."""
        self._entrance.close()
        deadline = time.monotonic() + self._patience.end
        passed = 0
        while any(slot.running for slot in self._slots):
            for number in self._told[passed:]:
                self._signal(number if passed and number == signal.SIGINT else signal.SIGTERM)
                passed += 1
            now = self._wait()
            if now > deadline:
                self._signal(signal.SIGKILL)
            for slot in self._slots:
                slot.listen(now)
                slot.ended(now)

    def _wait(self) -> float:
        """Until somebody says something, but not long; the instant then."""
        lines = [slot.line for slot in self._slots if slot.line is not None]
        select.select(lines, [], [], _LOOK_SECONDS)
        return time.monotonic()

    def _forgive(self, now: float) -> None:
        for slot in self._slots:
            slot.forgive(now)

    def _signal(self, number: int) -> None:
        for slot in self._slots:
            slot.signal(number)

    @contextmanager
    def _hearing(self) -> Iterator[None]:
        heard = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]  # as nohup leaves it
        before = {number: signal.signal(number, lambda told, _: self._told.append(told)) for number in heard}
        try:
            yield
        finally:
            self._signal(signal.SIGKILL)  # nobody is left, however we end
            for number, handler in before.items():
                signal.signal(number, handler)


def supervise(settings: Settings, *, patience: Patience | None = None) -> None:
    """Serve by `settings.processes` processes until told to stop, and end as that signal ends a process.

    Raises ConfigInvalid for a data folder that cannot be written; exits 3 when the address cannot be had or the
    application does not start.
    """
    configure_logging(settings.log_level)
    entrance = _opened_listeners(settings)
    with ExitStack() as undone:
        undone.callback(entrance.close)
        folder = _fresh_folder(settings, entrance, undone)
        number = Group(entrance, folder, GroupCounts(folder), patience or Patience()).run()
    sys.stderr.flush()
    signal.raise_signal(number)


def _opened_listeners(settings: Settings) -> Entrance:
    problem = ""
    try:
        return open_listeners(settings.host, settings.port, settings.processes)
    except OSError as error:
        problem = str(error)
    log.error("receivers.no_address", host=settings.host, port=settings.port, problem=problem)
    raise SystemExit(STARTUP_FAILED)


def _fresh_folder(settings: Settings, entrance: Entrance, undone: ExitStack) -> Path:
    """What the processes share, with all that they will write of figures: a disk that fills up later stops nobody."""
    data, port = settings.data_dir.resolve(), entrance.listeners[0][0].getsockname()[1]
    try:
        folder = undone.enter_context(private_folder(data, port))
        make_room(folder, [SUPERVISOR, *(str(number) for number in range(settings.processes))])
        create_guesses(folder)
    except OSError as error:
        message = f"several receiver processes need a folder receivers-{port}-… that can be written: {error.strerror}"
        raise ConfigInvalid([Problem(file=str(data), line=0, column=0, message=message)]) from None
    return folder


def _address(name: tuple[object, ...]) -> str:
    host, port = name[:2]
    return f"http://[{host}]:{port}" if ":" in str(host) else f"http://{host}:{port}"
