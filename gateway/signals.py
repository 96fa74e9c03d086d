"""Ctrl-C and SIGTERM, for a command that stops in order."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event


class StopAsked:
    """Ctrl-C and SIGTERM: the first asks, a second insists."""

    def __init__(self) -> None:
        self._asked, self._count = Event(), 0

    def handle(self, *_: object) -> None:
        """One signal."""
        self._count += 1
        self._asked.set()

    def asked(self) -> bool:
        """Whether to stop."""
        return self._asked.is_set()

    def insisted(self) -> bool:
        """Whether to stop without waiting for what is under way."""
        return self._count > 1

    def wait(self, seconds: float) -> bool:
        """Waits; whether to stop."""
        return self._asked.wait(seconds)


@contextmanager
def stop_asked() -> Iterator[StopAsked]:
    """Signals set what is yielded, and mean what they meant before in the end. For the main thread."""
    stop = StopAsked()
    before: dict[signal.Signals, Callable[..., object] | int | None] = {}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        before[number] = signal.signal(number, stop.handle)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
