"""The fault matrix: what happens where, and the state it must end in. docs/faults.md is its explanation."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

SPLIT = {"status": 429, "kind": "status", "headers": {"retry-after": "1"}, "count": 1}
TRIED_AGAIN = {"calls": {"faults": [SPLIT]}}
CONTACT_LATER = {"contacts": {"faults": [{"kind": "status", "status": 503, "count": 1}]}}
SLOW = {"calls": {"latency_ms": 1000}}  # less than an answer may take, enough to strike in


@dataclass(frozen=True, kw_only=True)
class End:
    """Where a call must end: its state, and the rings the far end may have counted."""

    states: tuple[str, ...] = ("PLACED",)
    rings: tuple[int, ...] = (1,)


PLACED = End()
UNSENT_UNKNOWN = End(states=("UNKNOWN",), rings=(0,))
RUNG_UNKNOWN = End(states=("UNKNOWN",), rings=(1,))
UNKNOWN = End(states=("UNKNOWN",), rings=(0, 1))  # the bytes are on their way: whether they arrive is chance
LATE = End(states=("UNKNOWN", "PLACED"), rings=(1,))
IN_TIME = End(
    states=("UNKNOWN", "PLACED"), rings=(0, 1)
)  # proved unsent: tried again if it is known before the deadline


@dataclass(frozen=True, kw_only=True)
class Case:
    """One cell. `what`: kill, term, raise, stop, valkey (SIGKILL and restart), outage, or reply (it is lost).

    `killed outage`: Valkey is away for longer than the deadline, and the worker is killed at the place meanwhile.
    A `replay` comes after another death: the worker was killed with the answer in its journal.
    """

    place: str
    what: str
    part: str
    end: End = PLACED
    faults: dict[str, Any] = field(default_factory=dict)
    phone: bool = False  # a lead by phone: its contact is resolved first
    times: int = 1  # replies lost in a row
    note: str = ""

    @property
    def name(self) -> str:
        """As shown in tables and test ids."""
        return f"{self.place} {self.what}" + (f" ×{self.times}" if self.times > 1 else "") + self.note


# What a death, or a fault nobody expected, leaves of a worker's step: before the grant, the call is free again.
DEATHS = {
    "job.begun": PLACED,
    "claim.before": PLACED,
    "claim.after": PLACED,
    "look.after": PLACED,
    "grant.before": PLACED,
    "grant.after": UNSENT_UNKNOWN,
    "dial.connecting": UNSENT_UNKNOWN,
    "dial.sending": UNSENT_UNKNOWN,
    "dial.headers_sent": UNSENT_UNKNOWN,
    "dial.body_sent": UNKNOWN,
    "dial.status_read": RUNG_UNKNOWN,
    "note.before": RUNG_UNKNOWN,
    "note.after": PLACED,  # from here on the journal has it
    "finish.before": PLACED,
    "finish.after": PLACED,
}
# Frozen past its deadline: another worker takes what was only claimed; what may be on its way is nobody's to ring.
FREEZES = DEATHS | {
    "dial.sending": UNKNOWN,
    "dial.headers_sent": UNKNOWN,
    "dial.body_sent": LATE,
    "dial.status_read": PLACED,
    "note.before": PLACED,
}
RECEIVING = ("accept.before", "accept.after", "wake.before", "wake.after")
RESOLVING = ("renew.before", "renew.after", "resolve.before", "resolve.after")
DEFERRING = ("defer.before", "defer.after")
REPLAYING = ("replay.before", "replay.after")
ACTIONS = ("kill", "term", "raise", "stop", "valkey")


def ends(what: str) -> dict[str, End]:
    """The expected ends of a worker's places under one action."""
    if what in {"kill", "raise"}:
        return DEATHS
    if what == "stop":
        return FREEZES
    return dict.fromkeys(DEATHS, PLACED)  # asked to end it drains; without its ledger it waits


def matrix() -> Iterator[Case]:
    """Every cell."""
    for what in ACTIONS:
        yield from (Case(place=place, what=what, part="serve") for place in RECEIVING)
        yield from (Case(place=place, what=what, part="work", end=end) for place, end in ends(what).items())
        yield from (Case(place=place, what=what, part="work", phone=True) for place in RESOLVING)
        yield from (Case(place=place, what=what, part="work", phone=True, faults=CONTACT_LATER) for place in DEFERRING)
        told = {"kill": IN_TIME, "raise": IN_TIME, "stop": UNSENT_UNKNOWN}.get(what, PLACED)
        yield Case(place="finish.before", what=what, part="work", faults=TRIED_AGAIN, end=told, note=" of a 429")
        yield Case(place="finish.after", what=what, part="work", faults=TRIED_AGAIN, note=" of a 429")
        yield from (Case(place=place, what=what, part="work") for place in REPLAYING)
        yield from (Case(place=place, what=what, part="sweep", phone=True) for place in ("sweep.before", "sweep.after"))
    yield Case(place="drain.before", what="kill", part="work", faults=SLOW, end=RUNG_UNKNOWN)
    yield Case(place="drain.after", what="kill", part="work", faults=SLOW)
    for place, part in (("accept.before", "serve"), ("wake.before", "serve"), ("claim.after", "work")):
        yield Case(place=place, what="outage", part=part)
    yield Case(place="grant.before", what="outage", part="work")
    for place in ("dial.sending", "note.before", "note.after", "finish.before"):
        yield Case(place=place, what="outage", part="work")  # longer than the deadline: late proof from the journal
    for place in ("note.after", "finish.before"):
        yield Case(place=place, what="killed outage", part="work")
    yield from replies()


def replies() -> Iterator[Case]:
    """One reply lost, and four in a row: then redis-py has given up, and our own answer to that is what counts."""
    yield Case(place="wake", what="reply", part="serve")  # a hint that fails is not repeated
    for place, part in (("accept", "serve"), ("claim", "work"), ("grant", "work")):
        yield from (Case(place=place, what="reply", part=part, times=times) for times in (1, 4))
    yield from (Case(place="sweep", what="reply", part="sweep", phone=True, times=times) for times in (1, 4))
    yield from (Case(place="finish", what="reply", part="work", times=times) for times in (1, 4))
    yield Case(place="finish", what="reply", part="work", faults=TRIED_AGAIN, note=" of a 429")
    yield Case(place="renew", what="reply", part="work", phone=True)
    yield Case(place="defer", what="reply", part="work", phone=True, faults=CONTACT_LATER)


# The most telling of them, for every run of the tests.
TELLING = (
    "accept.after kill",
    "claim.after kill",
    "grant.after kill",
    "dial.status_read kill",
    "grant.before stop",
    "finish.before valkey",
    "finish.before term",
    "finish.before outage",
    "finish.before killed outage",
    "replay.after kill",
    "grant reply ×4",
    "accept reply",
    "drain.before kill",
)
