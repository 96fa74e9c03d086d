"""How many deliveries one process has in hand: past what it can store in time, the next hears "again" at once.

A burst waits its turn. A queue that stands is refused: when even the quickest answer of half a second took longer
than the target, fewer are let in at once, until answers are quick again. Everything runs on one event loop.
"""

import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import NoReturn

from gateway.errors import Unavailable

MOST = 512
LEAST = 8
TARGET_SECONDS = 0.1
WINDOW_SECONDS = 0.5
HELD_BYTES = 64 * 1024 * 1024
SPARE = 32

_SOURCE_SHARE, _ADDRESS_SHARE = 0.75, 0.5
_SLOWER, _FASTER = 0.7, 1.25


class Overloaded(Unavailable):
    """The delivery was not looked at, because too many are in hand: 503, or the status its sender retries."""


class Admission:
    """The door of /hooks. `most` deliveries at once, fewer while they take too long; `held_bytes` of bodies in all.

    From half of the room on, one source may have three quarters of it and one address half. A source with
    nothing in hand gets in when everything else is full: there is spare room for 32 such.
    """

    def __init__(
        self, *, most: int = MOST, held_bytes: int = HELD_BYTES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.most = most
        self.room = most
        self.held = 0
        self.in_hand = 0
        self.full = ""  # why the ledger takes nothing more, while it does not
        self.refused: Counter[str] = Counter()  # how many for which reason, ever
        self._held_bytes = held_bytes
        self._clock = clock
        self._sources: Counter[str] = Counter()
        self._addresses: Counter[str] = Counter()
        self._window_ends = 0.0
        self._quickest = 0.0
        self._busiest = 0

    def visit(self, source: str, address: Callable[[], str]) -> "Visit":
        """A delivery that wants in; `address` is asked for only when it matters. Raises Overloaded."""
        visit = Visit(self, source, address)
        self.require_room(visit)
        return visit

    def require_room(self, visit: "Visit") -> None:
        """Raises Overloaded when a delivery would not be let in now."""
        if self.full:
            self._refuse(self.full)
        if self.in_hand * 2 < self.room:
            return
        mine = self._sources[visit.source]
        if mine == 0 and self.in_hand < self.room + SPARE:
            return
        if self.in_hand >= self.room or mine >= self.room * _SOURCE_SHARE:
            self._refuse("too many deliveries are in hand")
        if self._addresses[visit.address] >= self.room * _ADDRESS_SHARE:
            self._refuse("too many deliveries of one address are in hand")

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
        if now < self._window_ends:
            self._quickest = min(self._quickest, now - started)
            return
        if self._quickest > TARGET_SECONDS:
            self.room = max(LEAST, int(min(self.room, self._busiest) * _SLOWER))
        elif self._busiest >= self.room // 2:
            self.room = min(self.most, int(self.room * _FASTER) + 1)
        self._window_ends, self._quickest, self._busiest = now + WINDOW_SECONDS, now - started, self.in_hand


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
