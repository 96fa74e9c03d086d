"""Accepting deliveries, and deciding events that were accepted undecided."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from gateway.ledger.connection import Connection
from gateway.ledger.records import EventRecord, Transition
from gateway.model import Accepted, Ceiling, DecidedEvent, Decision, Delivery


class Intake:
    """From a delivery to events and calls."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def accept(
        self,
        delivery: Delivery,
        events: Sequence[DecidedEvent],
        *,
        now: datetime,
        ceiling: Ceiling | None = None,
    ) -> tuple[Accepted, ...]:
        """Store delivery, events and calls in ONE atomic write; one answer per event, in order.

        An event whose dedupe key was accepted within its window is a duplicate and names the first. The same
        delivery id again (a retried write whose answer was lost) gets the first answer again. Calls of a plan
        with `skip` are stored SKIPPED; those over the ceiling HELD; those whose person has a call waiting or
        was rung within the cooldown JOINED. Raises LedgerUnavailable; then nothing was acknowledged.
        """
        raise NotImplementedError

    async def claim_events(self, owner: str, *, limit: int, now: datetime, lease: timedelta) -> tuple[EventRecord, ...]:
        """Lease RECEIVED events that are due."""
        raise NotImplementedError

    async def decide(
        self, event_id: str, owner: str, decision: Decision, *, now: datetime
    ) -> tuple[Transition, tuple[str, ...]]:
        """RECEIVED → MATCHED, IGNORED or FAILED, with its calls; the ids of those READY now."""
        raise NotImplementedError

    async def postpone(self, event_id: str, owner: str, *, next_at: datetime, error: str, now: datetime) -> Transition:
        """Leave a RECEIVED event for later, with the error that stood in the way."""
        raise NotImplementedError
