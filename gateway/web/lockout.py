"""Wrong API keys: who guesses waits, longer each time, and nobody else does.

Kept in this process, or in a file that all receiver processes behind one port share, so that it holds without Redis
too. A key of ten random letters outlasts any guessing this allows; the wait is for keys that are shorter.
"""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import structlog

from gateway.model import record

TRIES = 10
FIRST_SECONDS, LONGEST_SECONDS = 30.0, 900.0
FORGET_SECONDS = 900.0
TRIES_OF_ALL, WINDOW_SECONDS = 300, 60.0
ADDRESSES = 4096

log = structlog.stdlib.get_logger("dialgate.api")


@record
class Guesser:
    """How often an address, or a network, was wrong in a row, when last, and until when it waits: seconds."""

    tries: int
    last: float
    until: float


class Guesses(Protocol):
    """What is remembered of at most `ADDRESSES` guessers, and of all of them together."""

    def find(self, network: str) -> Guesser | None:
        """What is known of a network."""
        ...

    def keep(self, network: str, guesser: Guesser) -> None:
        """Remember it, and forget the one that guessed longest ago when there are too many."""
        ...

    def drop(self, network: str) -> None:
        """Forget it."""
        ...

    def clear(self) -> None:
        """Forget everybody."""
        ...

    def rush(self, now: float, *, window: float) -> int:
        """Count one more wrong key of anybody's; how many there were in this window."""
        ...


class SharedGuesses(Guesses, Protocol):
    """The same for several processes. Between `begin` and `end` this one has it alone; both may raise OSError."""

    def begin(self) -> None:
        """Have it alone."""
        ...

    def end(self) -> None:
        """Let others have it. After an OSError nothing that was done since `begin` counts."""
        ...


class OwnGuesses:
    """In this process's memory."""

    def __init__(self) -> None:
        self._guessers: OrderedDict[str, Guesser] = OrderedDict()
        self._began = 0.0
        self._wrong = 0

    def __len__(self) -> int:
        return len(self._guessers)

    def find(self, network: str) -> Guesser | None:
        """What is known of a network."""
        return self._guessers.get(network)

    def keep(self, network: str, guesser: Guesser) -> None:
        """Remember it, and forget the one that guessed longest ago when there are too many."""
        self._guessers[network] = guesser
        self._guessers.move_to_end(network)
        if len(self._guessers) > ADDRESSES:
            self._guessers.popitem(last=False)

    def drop(self, network: str) -> None:
        """Forget it."""
        self._guessers.pop(network, None)

    def clear(self) -> None:
        """Forget everybody."""
        self._guessers.clear()
        self._wrong = 0

    def rush(self, now: float, *, window: float) -> int:
        """Count one more wrong key of anybody's; how many there were in this window."""
        if now - self._began > window:
            self._began, self._wrong = now, 0
        self._wrong += 1
        return self._wrong


class Lockout:
    """Ten wrong keys from an address, and it waits 30 s, then twice as long with each further one, up to 15 minutes.

    While more than 300 a minute come from all addresses together, an address waits from its second wrong key on. An
    address without a wrong key never waits. IPv6 counts by /64; of at most 4096 addresses anything is remembered.
    `shared`: counted for all processes together; while that cannot be had, or keeps nothing, each counts for itself.
    """

    def __init__(self, shared: SharedGuesses | None = None) -> None:
        self._own = OwnGuesses()
        self._shared = shared
        self._guesses: Guesses = self._own
        self._counted: list[tuple[str, float]] = []  # by the shared one, and perhaps not kept

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other process looks at keys until the block ends: as many guesses at once gain nothing."""
        if self._shared is None or not _done(self._shared.begin, instead="each process counts for itself meanwhile"):
            yield
            return
        self._guesses, self._counted = self._shared, []
        try:
            yield
        finally:
            self._guesses, counted = self._own, self._counted
            if not _done(self._shared.end, instead="this process counts it for itself"):
                for address, now in counted:
                    self.wrong(address, now)

    def wait(self, address: str, now: float) -> float:
        """For how many seconds this address is not heard, 0 if it is; `now` in seconds of a monotonic clock."""
        known = (self._guesses.find(_network(address)), self._own.find(_network(address)))
        return max((0.0, *(guesser.until - now for guesser in known if guesser)))

    def wrong(self, address: str, now: float) -> bool:
        """Count a wrong key. True when the address must wait from here on."""
        if self._guesses is not self._own:
            self._counted.append((address, now))
        key = _network(address)
        known = self._guesses.find(key)
        tries = 1 if known is None or now - known.last > FORGET_SECONDS else known.tries + 1
        rush = self._guesses.rush(now, window=WINDOW_SECONDS) > TRIES_OF_ALL
        over = tries - (2 if rush else TRIES)
        wait = min(FIRST_SECONDS * 2.0 ** min(over, 10), LONGEST_SECONDS) if over >= 0 else 0.0
        self._guesses.keep(key, Guesser(tries=tries, last=now, until=now + wait if wait else 0.0))
        return wait > 0

    def right(self, address: str) -> None:
        """The key was right: what this address got wrong is forgotten."""
        self._guesses.drop(_network(address))
        self._own.drop(_network(address))

    def forget(self) -> None:
        """Start anew."""
        with self.alone():
            self._guesses.clear()
            self._own.clear()


def _done(step: Callable[[], None], *, instead: str) -> bool:
    """Whether the shared one could be had, or kept what was counted; if not, `instead` says what is done."""
    try:
        step()
    except OSError as error:
        log.warning("api.guesses_unshared", problem=str(error), detail=instead)
        return False
    return True


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    return address if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))
