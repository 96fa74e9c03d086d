"""Places where a test makes a process die, freeze or break, to prove what is left behind. Free when unset.

`FAILPOINT=name:n[:action]` in the environment: when this process reaches `name` for the n-th time, once, it does the
action. What each place and action means, and what must hold after it, is in docs/faults.md.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from itertools import count

import structlog

from gateway.errors import ConfigInvalid, Problem

VARIABLE = "FAILPOINT"
TRANSITIONS = ("accept", "claim", "renew", "defer", "grant", "finish", "sweep")
PLACES = (
    *(f"{transition}.{moment}" for transition in TRANSITIONS for moment in ("before", "after")),
    "wake.before",
    "wake.after",
    "job.begun",
    "look.after",
    "resolve.before",
    "resolve.after",
    "dial.connecting",
    "dial.sending",
    "dial.headers_sent",
    "dial.body_sent",
    "dial.status_read",
    "notify.posted",
    "note.before",
    "note.after",
    "replay.before",
    "replay.after",
    "drain.before",
    "drain.after",
)
PAUSE_SECONDS = 3.0

log = structlog.stdlib.get_logger("dialgate.failpoints")


class Reached(Exception):
    """What the action `raise` raises: a fault that nobody expects at this place."""


def _raise() -> None:
    raise Reached("a failpoint was reached")


def _strike_here(number: int) -> None:
    """The whole process dies or stands still, this thread first: it never gets beyond the place."""
    signal.pthread_kill(threading.get_ident(), number)


ACTIONS: Mapping[str, Callable[[], None]] = {
    "kill": lambda: _strike_here(signal.SIGKILL),
    "term": lambda: os.killpg(0, signal.SIGTERM),  # the whole tree, as systemd's control-group mode does
    "stop": lambda: _strike_here(signal.SIGSTOP),  # until somebody sends SIGCONT
    "raise": _raise,
    "pause": lambda: time.sleep(PAUSE_SECONDS),  # this thread only
}


class Failpoint:
    """One place, the time it strikes, and what then happens."""

    def __init__(self, place: str, strikes_at: int, action: str) -> None:
        self.place = place
        self._strikes_at = strikes_at
        self._action = action
        self._times = count(1)

    def reach(self, place: str) -> None:
        """Strike if this is the place and the time. Raises Reached for the action `raise`."""
        if place == self.place and next(self._times) == self._strikes_at:
            log.error("failpoint.reached", place=place, action=self._action)
            ACTIONS[self._action]()


_armed: Failpoint | None = None


def reach(step: str, moment: str) -> None:
    """This process is at `step.moment`. Nothing at all happens unless a failpoint was armed."""
    if _armed is not None:
        _armed.reach(f"{step}.{moment}")


def arm(environ: Mapping[str, str]) -> None:
    """Arm the failpoint that the environment names, or none. Raises ConfigInvalid for one that does not exist."""
    global _armed  # noqa: PLW0603 - one of them a process, decided once as it starts: what reach costs is one look
    text = environ.get(VARIABLE, "")
    _armed = read_failpoint(text) if text else None
    if _armed is not None:
        log.error("failpoint.armed", place=_armed.place, detail="this process will break on purpose")


def read_failpoint(text: str) -> Failpoint:
    """`name:n[:action]`; the action is kill if none is given. Raises ConfigInvalid."""
    place, _, rest = text.partition(":")
    times, _, action = rest.partition(":")
    wrong = ""
    if place not in PLACES:
        wrong = f"no such place; there are {', '.join(PLACES)}"
    elif not (times.isascii() and times.isdecimal() and int(times) > 0):
        wrong = "name:n[:action] is wanted, n counting from 1"
    elif action and action not in ACTIONS:
        wrong = f"no such action; there are {', '.join(ACTIONS)}"
    if wrong:
        raise ConfigInvalid([Problem(file=f"environment variable {VARIABLE}", line=0, column=0, message=wrong)])
    return Failpoint(place, int(times), action or "kill")
