"""What a dry run found, stage by stage."""

from gateway.model import CallPlan, Decision, Event, Verdict, record
from gateway.reasons import Reason


@record
class TriedCall:
    """A planned call and what the guards say of it now; no verdicts when the plan itself is a skip."""

    plan: CallPlan
    verdicts: tuple[Verdict, ...] = ()
    not_asked: tuple[str, ...] = ()  # what a dial looks at besides, and a dry run could not

    @property
    def rings_now(self) -> bool:
        """Whether it would be dialled at once, pace and the ledger permitting."""
        return self.plan.skip is None and all(verdict.allow for verdict in self.verdicts)

    @property
    def would_ring(self) -> bool:
        """Whether it would ring now or, after waiting, later."""
        if self.plan.skip is not None:
            return False
        return all(verdict.allow or verdict.until is not None for verdict in self.verdicts)


@record
class TriedEvent:
    """One event: why it never rings, or what the rules decided and the calls that follow."""

    event: Event
    never_rings: Reason | None = None
    decision: Decision | None = None
    calls: tuple[TriedCall, ...] = ()


@record
class Tried:
    """One request. `refused`: not authentic; `unreadable`: authentic, but its body cannot be read."""

    source: str
    provider: str
    scheme: str = ""
    refused: str | None = None
    unreadable: str | None = None
    events: tuple[TriedEvent, ...] = ()

    @property
    def would_ring(self) -> bool:
        """Whether any phone would ring, now or later."""
        return any(call.would_ring for event in self.events for call in event.calls)
