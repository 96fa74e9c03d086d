"""The connections of one process: so many in all, so many of one address, and who goes when one more comes."""

from collections import Counter
from collections.abc import Callable
from typing import Protocol


class Visitor(Protocol):
    """A connection."""

    address: str

    def drop(self) -> None:
        """Close it, with nothing said."""


class Crowd:
    """Who is here, and who of them keeps us waiting: for a head, for a body, or between two requests.

    When it is full, the one that has kept us waiting longest makes room. One whose request is complete is never
    dropped. `exempt` addresses, such as a proxy's, may have as many as there are.
    """

    def __init__(self, *, most: int, most_each: int, exempt: Callable[[str], bool]) -> None:
        self._most = most
        self._most_each = most_each
        self._exempt = exempt
        self._here: Counter[str] = Counter()
        self._total = 0
        self._waiting: dict[Visitor, None] = {}
        self._waiting_of: dict[str, dict[Visitor, None]] = {}

    @property
    def size(self) -> int:
        """How many are here."""
        return self._total

    def enter(self, visitor: Visitor) -> bool:
        """Let one in, dropping another if need be. False: there is no room, all are being served."""
        address = visitor.address
        room = True
        if self._here[address] >= self._most_each and not self._exempt(address):
            room = self._drop_oldest(self._waiting_of.get(address, {}))
        if room and self._total >= self._most:
            room = self._drop_oldest(self._waiting)
        self._here[address] += 1
        self._total += 1
        return room

    def leave(self, visitor: Visitor) -> None:
        """One is gone."""
        self.served(visitor)
        self._total -= 1
        self._here[visitor.address] -= 1
        if not self._here[visitor.address]:
            del self._here[visitor.address]

    def waits(self, visitor: Visitor) -> None:
        """From now on it keeps us waiting."""
        self._waiting[visitor] = None
        self._waiting_of.setdefault(visitor.address, {})[visitor] = None

    def served(self, visitor: Visitor) -> None:
        """Its request is complete: it waits for us."""
        if visitor in self._waiting:
            del self._waiting[visitor]
            mine = self._waiting_of[visitor.address]
            del mine[visitor]
            if not mine:
                del self._waiting_of[visitor.address]

    def _drop_oldest(self, waiting: dict[Visitor, None]) -> bool:
        oldest = next(iter(waiting), None)
        if oldest is None:
            return False
        self.served(oldest)
        oldest.drop()
        return True
