"""How many deliveries one process has in hand: past what it can store in time, the next hears "again" at once.

A burst waits its turn. A queue that stands is refused: when the answers of half a second took more than 0.2 s on
average, only as many are let in at once as are answered in 0.1 s, and more again as answers get quick. The average,
because those that wait for Redis are not served in the order they came. Everything runs on one event loop.
"""

import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import NoReturn

from gateway.errors import Unavailable

MOST = 256
LEAST = 72  # half of it, what one address may have then, is more than the 32 connections a busy sender keeps open
SLOW_SECONDS = 0.2
TARGET_SECONDS = 0.1
WINDOW_SECONDS = 0.5
HELD_BYTES = 64 * 1024 * 1024
SPARE = 64
FEW = 8

_SOURCE_SHARE, _ADDRESS_SHARE = 0.75, 0.5
_FASTER = 1.25
_TOO_MANY = "too many deliveries are in hand"


class Overloaded(Unavailable):
    """The delivery was not looked at, because too many are in hand: 503, or the status its sender retries."""


class Admission:
    """The door of /hooks. `most` deliveries at once, fewer while they take too long; `held_bytes` of bodies in all.

    From half of the room on, one source may have three quarters of it and one address half. A source with
    fewer than eight in hand gets in when everything else is full: there is spare room for 64 such deliveries.
    """

    def __init__(
        self, *, most: int = MOST, held_bytes: int = HELD_BYTES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.most = most
        self.room = most
        self.held = 0
        self.in_hand = 0
        self.full = ""  # why the ledger takes nothing more, while it does not
        self.astray = ""  # how far this receiver's clock is off, while nothing must be judged by it
        self.refused: Counter[str] = Counter()  # how many for which reason, ever
        self._held_bytes = held_bytes
        self._clock = clock
        self._sources: Counter[str] = Counter()
        self._addresses: Counter[str] = Counter()
        self._window_began = clock()
        self._busiest = 0
        self._done = 0
        self._spent = 0.0

    def visit(self, source: str, address: Callable[[], str]) -> "Visit":
        """A delivery that wants in; `address` is asked for only when it matters. Raises Overloaded."""
        visit = Visit(self, source, address)
        self.require_room(visit)
        return visit

    def require_room(self, visit: "Visit") -> None:
        """Raises Overloaded when a delivery would not be let in now."""
        why = self._why_not(visit.source)
        if why:
            self._refuse(why)
        crowded = self.in_hand * 2 >= self.room and self._sources[visit.source] >= FEW
        if crowded and self._addresses[visit.address] >= self.room * _ADDRESS_SHARE:
            self._refuse("too many deliveries of one address are in hand")

    @property
    def roomy(self) -> bool:
        """Whether everybody is let in."""
        return not self.shut and self.in_hand * 2 < self.room

    @property
    def shut(self) -> str:
        """Why nobody is let in, while nobody is."""
        return self.full or self.astray

    def turns_away(self, source: str) -> bool:
        """Whether a delivery of a source is refused now, whoever sends it: asked before anything is parsed."""
        why = self._why_not(source)
        if why:
            self.refused[why] += 1
        return bool(why)

    def _why_not(self, source: str) -> str:
        if self.shut or self.roomy:
            return self.shut
        mine = self._sources[source]
        if mine < FEW and self.in_hand < self.room + SPARE:
            return ""
        return _TOO_MANY if self.in_hand >= self.room or mine >= self.room * _SOURCE_SHARE else ""

    def hold(self, size: int) -> None:
        """Account for bytes of a body. Raises Overloaded when all bodies together are too much."""
        if self.held + size > self._held_bytes:
            self._refuse("too many bytes of deliveries are in hand")
        self.held += size

    def start(self, visit: "Visit") -> float:
        """Count a delivery whose body is there; the instant it starts."""
        self.in_hand += 1
        self._busiest = max(self._busiest, self.in_hand)
        self._sources[visit.source] += 1
        self._addresses[visit.address] += 1
        return self._clock()

    def end(self, visit: "Visit", started: float) -> None:
        """A delivery is answered: learn from how long it took."""
        self.in_hand -= 1
        for counter, key in ((self._sources, visit.source), (self._addresses, visit.address)):
            counter[key] -= 1
            if not counter[key]:
                del counter[key]
        self._learn(self._clock(), started)

    def _refuse(self, why: str) -> NoReturn:
        self.refused[why] += 1
        raise Overloaded(why)

    def _learn(self, now: float, started: float) -> None:
        self._done += 1
        self._spent += now - started
        elapsed = now - self._window_began
        if elapsed < WINDOW_SECONDS:
            return
        took = self._spent / self._done
        if took > SLOW_SECONDS:
            self.room = max(LEAST, min(self.room, int(self._done / elapsed * TARGET_SECONDS)))
        elif self._busiest * 2 >= self.room:
            self.room = min(self.most, int(self.room * _FASTER) + 1)
        self._window_began, self._busiest, self._done, self._spent = now, self.in_hand, 0, 0.0


class Visit:
    """One delivery at the door: what it holds is given back when the block ends, however it ends."""

    __slots__ = ("_address", "_admission", "_held", "_started", "_where", "source")

    def __init__(self, admission: Admission, source: str, where: Callable[[], str]) -> None:
        self.source = source
        self._admission = admission
        self._where = where
        self._address: str | None = None
        self._held = 0
        self._started: float | None = None

    @property
    def address(self) -> str:
        """The client's address."""
        if self._address is None:
            self._address = self._where()
        return self._address

    def hold(self, size: int) -> None:
        """So many bytes of its body arrived. Raises Overloaded."""
        self._admission.hold(size)
        self._held += size

    def start(self) -> None:
        """Its body is there, and it is worked on from here on. Raises Overloaded if the room went meanwhile."""
        self._admission.require_room(self)
        self._started = self._admission.start(self)

    def __enter__(self) -> "Visit":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._admission.held -= self._held
        if self._started is not None:
            self._admission.end(self, self._started)
