"""Faults that can be switched on: strict models of PUT /faults, and the draw that picks one per request."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from gateway.policy import Strict


class Kind(StrEnum):
    """What goes wrong. All but RESET_BEFORE and a STATUS without `rings` happen after the call was accepted."""

    STATUS = "status"  # answer `status`, `body`, `headers`
    RESET_BEFORE = "reset_before"  # reset the connection before the request is read
    RESET_AFTER = "reset_after"  # take the request, then reset the connection
    STALL = "stall"  # take the request, then never answer
    TRUNCATE = "truncate"  # take the request, answer 200, close in the middle of the body
    BAD_GZIP = "bad_gzip"  # take the request, answer 200 with a body that claims to be gzip
    DRIP = "drip"  # take the request, answer 200 one byte at a time


class Fault(Strict):
    """One fault. It strikes with `probability`, and at most `count` times if that is given."""

    kind: Kind
    status: int = Field(500, ge=200, le=599, description="for kind status")
    body: Any = Field(None, description="for kind status: text is sent as it stands, anything else as JSON")
    headers: dict[str, str] = Field(default_factory=dict, description="for kind status")
    rings: bool = Field(False, description="for kind status: the call is placed all the same")
    probability: float = Field(1.0, ge=0, le=1)
    count: int | None = Field(None, ge=1, description="how many times; unlimited if absent")


class RateLimit(Strict):
    """At most so many accepted in each second; more are answered 429 and do not ring."""

    per_second: int = Field(ge=0)
    retry_after: Literal["seconds", "date", "none"] = "seconds"


class OperationFaults(Strict):
    """How one operation misbehaves."""

    latency_ms: int = Field(0, ge=0, le=600_000, description="wait after accepting, before answering")
    id_place: str = Field("id", pattern=r"^[A-Za-z]+(\.[A-Za-z]+){0,3}$|^$", description="dotted place; empty: no id")
    id_number: bool = Field(False, description="the id is a number instead of text")
    rate_limit: RateLimit | None = None
    faults: tuple[Fault, ...] = Field((), description="in order; the first that strikes wins")


class Faults(Strict):
    """The body of PUT /faults: replaces everything; what is not named works."""

    calls: OperationFaults = OperationFaults()
    contacts: OperationFaults = OperationFaults()
    probe: OperationFaults = OperationFaults()


class Operation:
    """One operation's faults in force: counts what has struck and what was accepted in this second."""

    def __init__(self, faults: OperationFaults, *, random: Callable[[], float], monotonic: Callable[[], float]) -> None:
        self.faults = faults
        self._random = random
        self._monotonic = monotonic
        self._left = [fault.count for fault in faults.faults]
        self._second = -1
        self._in_second = 0

    def draw(self) -> Fault | None:
        """The fault that strikes this request, if any."""
        for index, fault in enumerate(self.faults.faults):
            left = self._left[index]
            if left == 0 or self._random() >= fault.probability:
                continue
            self._left[index] = None if left is None else left - 1
            return fault
        return None

    def over_limit(self) -> bool:
        """Whether one more is too many in this second; counts it if not."""
        if self.faults.rate_limit is None:
            return False
        second = int(self._monotonic())
        if second != self._second:
            self._second, self._in_second = second, 0
        if self._in_second >= self.faults.rate_limit.per_second:
            return True
        self._in_second += 1
        return False
