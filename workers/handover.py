"""Between the thread that runs RQ and the thread that dials: one bell, rung by jobs, heard by the loop."""

import threading
from collections.abc import Callable


class Handover:
    """Where a job finds the loop of its own process, if there is one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._take: Callable[[float], bool] | None = None

    def attach(self, take: Callable[[float], bool]) -> None:
        """From now on wake-ups go to `take(seconds)`: it waits that long for room, and says whether there was."""
        with self._lock:
            self._take = take

    def detach(self) -> None:
        """No loop any more: jobs dial by themselves."""
        with self._lock:
            self._take = None

    def give(self, *, patience: float) -> bool:
        """Hand one wake-up over, waiting up to `patience` seconds while the loop is full.

        False: no loop runs in this process. A wake-up given up on for want of room counts as handed over: a
        full loop claims again by itself, and the sweeper wakes for what is still due.
        """
        with self._lock:
            take = self._take
        if take is None:
            return False
        take(patience)
        return True


HANDOVER = Handover()
ENRICHING = Handover()
NOTIFYING = Handover()
