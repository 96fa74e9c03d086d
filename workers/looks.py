"""The calls that a worker has without a claim: handed out while few were due, taken up by the first write about them.

Until then they stay due, and the ledger is told not to hand them out to us again. One that comes to nothing and is
still due as it was rests for a moment, so that no call is looked at in circles.
"""

import itertools
from collections.abc import Mapping

from gateway.ledger.records import Call
from gateway.model import CallState

FEW = 8  # due, those being looked at too: so few that several workers may look at the same without much lost
REST_SECONDS = 1.0


class Looks:
    """What one worker has without a claim. Times in seconds of a clock that never jumps."""

    def __init__(self, owner: str, *, rest: float = REST_SECONDS) -> None:
        self._owner = owner
        self._serial = itertools.count(1)
        self._rest = rest
        self._under_way: dict[str, int] = {}
        self._resting: dict[str, int] = {}
        self._in_vain: dict[tuple[str, int], float] = {}  # until when, the oldest first
        self._claim_all = False

    def next_owner(self) -> str:
        """Who asks next. Another each time: what comes late of one look must never count for the next."""
        return f"{self._owner}.{next(self._serial)}"

    @property
    def few(self) -> int:
        """Up to how many due calls are handed out without a claim by the next request."""
        return 0 if self._claim_all else FEW

    def unread(self, count: int) -> bool:
        """So many could not be read just now. Whether to ask at once: then they are claimed, and out of the way."""
        self._claim_all = count > 0 and not self._claim_all
        return self._claim_all

    @property
    def had(self) -> Mapping[str, int]:
        """The calls not to be handed out again, with their fences."""
        return {**self._resting, **self._under_way}

    def begin(self, call: Call, now: float) -> bool:
        """Take note of a call as it was handed out. False: not now, it is under way or has just come to nothing."""
        if call.state is not CallState.READY:
            return True
        self._forget_before(now)
        if self._under_way.get(call.id) == call.fence:  # two requests would be one to the ledger: the same asked again
            return False
        if (call.id, call.fence) in self._in_vain:
            self._resting[call.id] = call.fence
            return False
        self._under_way[call.id] = call.fence
        return True

    def granted(self, call: Call) -> None:
        """The ledger has it taken up: nobody is handed it again. A request may take long, and many be under way."""
        if self._under_way.get(call.id) == call.fence:
            del self._under_way[call.id]

    def end(self, call: Call, now: float, *, in_vain: bool) -> None:
        """It is no longer being looked at; `in_vain` when it came to no request."""
        if call.state is CallState.READY:
            self.granted(call)
            if in_vain:
                self._in_vain[call.id, call.fence] = now + self._rest

    def _forget_before(self, now: float) -> None:
        while self._in_vain and next(iter(self._in_vain.values())) <= now:
            del self._in_vain[next(iter(self._in_vain))]

    def rested(self, call: Call) -> None:
        """It may be handed out again."""
        self._resting.pop(call.id, None)
        self._in_vain.pop((call.id, call.fence), None)
