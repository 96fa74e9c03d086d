"""Between the thread that runs RQ and the thread that dials: one bell, rung by jobs, heard by the loop."""

import threading
from collections.abc import Callable

PATIENCE_SECONDS = 30.0  # how long a wake-up waits for room


class Handover:
    """Where a job finds the loop of its own process, if there is one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._take: Callable[[float], bool] | None = None
        self._reserved = False

    def reserve(self) -> None:
        """This process works in a loop of its own, for good: also while there is none, no job works by itself.

        A loop looks for what is due as it begins, so a wake-up that comes before it is no loss. A job that dialled
        beside it would be one more than the process may dial at once, in the thread where signals to stop arrive.
        """
        self._reserved = True

    def attach(self, take: Callable[[float], bool]) -> None:
        """From now on wake-ups go to `take(seconds)`: it waits that long for room, and says whether there was."""
        with self._lock:
            self._take = take

    def detach(self) -> None:
        """No loop any more. Unless the process is reserved for one, jobs work by themselves."""
        with self._lock:
            self._take = None

    def give(self, *, patience: float) -> bool:
        """Hand one wake-up over, waiting up to `patience` seconds while the loop is full.

        False: this process has no loop and never will. A wake-up given up on for want of room counts as handed over: a
        full loop claims again by itself, and the sweeper wakes for what is still due.
        """
        with self._lock:
            take = self._take
        if take is None:
            return self._reserved
        take(patience)
        return True


HANDOVER = Handover()
ENRICHING = Handover()
NOTIFYING = Handover()
