"""What a rehearsal found, stage by stage: frozen, and the same for every command and page that shows it."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from gateway.model import CallPlan, Decision, Event, EventState, Verdict, record
from gateway.reasons import Reason


class Ending(StrEnum):
    """What would become of a planned call, pace and the calls before it permitting."""

    RINGS = "rings"
    WAITS = "waits"  # until `until`, for `reason`; without a reason for its rule's delay
    HELD = "held"
    SKIPPED = "skipped"


@record
class RehearsedCall:
    """A planned call and what the guards say of it when it is due; no verdicts when the plan itself is a skip."""

    plan: CallPlan
    at: datetime
    verdicts: tuple[Verdict, ...] = ()
    not_asked: tuple[str, ...] = ()  # what a dial looks at besides, and this rehearsal could not

    @property
    def ending(self) -> Ending:
        """What would become of it."""
        if self.plan.skip is not None:
            return Ending.SKIPPED
        last = _refusal(self.verdicts)
        if last is None:
            return Ending.RINGS if self.plan.not_before <= self.at else Ending.WAITS
        if last.hold:
            return Ending.HELD
        until = last.until
        return Ending.SKIPPED if until is None or until >= self.plan.expires_at else Ending.WAITS

    @property
    def reason(self) -> Reason | None:
        """Why it does not ring now; None for one that rings, or that only its rule delays."""
        last = _refusal(self.verdicts)
        if self.plan.skip is not None or last is None:
            return self.plan.skip
        late = last.until is not None and last.until >= self.plan.expires_at
        return Reason.EXPIRED if late and not last.hold else last.reason

    @property
    def until(self) -> datetime | None:
        """When it would be looked at again; set for one that WAITS."""
        if self.ending is not Ending.WAITS:
            return None
        last = _refusal(self.verdicts)
        return self.plan.not_before if last is None else last.until

    @property
    def rings_now(self) -> bool:
        """Whether it would be dialled at once, pace and the ledger permitting."""
        return self.ending is Ending.RINGS

    @property
    def would_ring(self) -> bool:
        """Whether it would ring now or, after waiting, later."""
        return self.ending in {Ending.RINGS, Ending.WAITS}


@record
class RehearsedEvent:
    """One event: why it never rings, or what the rules decided and the calls that follow.

    `thin`: a worker would fetch its record first, and only then ask the rules.
    """

    event: Event
    never_rings: Reason | None = None
    decision: Decision | None = None
    calls: tuple[RehearsedCall, ...] = ()
    thin: bool = False

    @property
    def state(self) -> EventState:
        """The state the event would be stored in."""
        if self.never_rings is not None or self.decision is None:
            return EventState.IGNORED
        return self.decision.state

    @property
    def reason(self) -> Reason | None:
        """Why it makes no call, or failed; None when it matched."""
        return self.never_rings if self.decision is None else self.decision.reason


@record
class Rehearsal:
    """One request. `refused`: not authentic; `unreadable`: authentic, but its body cannot be read."""

    source: str
    provider: str
    at: datetime
    rulebook: str  # its version
    scheme: str = ""  # empty also where authentication was not asked for
    refused: str | None = None
    unreadable: str | None = None
    events: tuple[RehearsedEvent, ...] = ()

    @property
    def calls(self) -> tuple[RehearsedCall, ...]:
        """Every call of every event, in order."""
        return tuple(call for event in self.events for call in event.calls)

    @property
    def would_ring(self) -> bool:
        """Whether any phone would ring, now or later."""
        return any(call.would_ring for call in self.calls)


def _refusal(verdicts: Sequence[Verdict]) -> Verdict | None:
    return next((verdict for verdict in verdicts if not verdict.allow), None)
