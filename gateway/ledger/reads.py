"""Reads for people and programs: by index, never by scanning keys."""

from gateway.ledger.connection import Connection
from gateway.ledger.records import Call, CallFilter, DeliveryRecord, EventFilter, EventRecord, TimelineEntry
from gateway.model import CallState


class Reads:
    """Lists are newest first, `cursor` is opaque and None at the end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def call(self, call_id: str) -> Call | None:
        """One call."""
        raise NotImplementedError

    async def timeline(self, call_id: str) -> tuple[TimelineEntry, ...]:
        """A call's history, oldest first."""
        raise NotImplementedError

    async def calls(
        self, where: CallFilter, *, limit: int = 50, cursor: str | None = None
    ) -> tuple[tuple[Call, ...], str | None]:
        """Calls that pass the filter. Raises ValueError for a cursor that is not ours."""
        raise NotImplementedError

    async def event(self, event_id: str) -> EventRecord | None:
        """One event with its timeline."""
        raise NotImplementedError

    async def events(
        self, where: EventFilter, *, limit: int = 50, cursor: str | None = None
    ) -> tuple[tuple[EventRecord, ...], str | None]:
        """Events that pass the filter. Raises ValueError for a cursor that is not ours."""
        raise NotImplementedError

    async def delivery(self, delivery_id: str) -> DeliveryRecord | None:
        """One delivery."""
        raise NotImplementedError

    async def counts(self) -> dict[CallState, int]:
        """Calls by state, from the indexes: cheap, for metrics."""
        raise NotImplementedError
