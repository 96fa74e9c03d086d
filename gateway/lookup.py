"""Fetching the record that a thin event names: what a source wants fetched, by whom, and what may come back."""

from collections.abc import Callable
from dataclasses import field
from datetime import datetime, timedelta
from typing import Protocol

from gateway.model import Event, JsonObject, JsonValue, Person, record


@record
class Lookup:
    """How a source's thin events are completed: one GET of the record an event names, before the rules are asked.

    `address` gives the URL for an event, or None where the event lacks what it needs; `read` takes the record out of
    the answer and raises Unreadable where there is none.
    """

    origin: str  # scheme://host[:port], the only place that may be asked
    address: Callable[[Event], str | None]
    read: Callable[[JsonValue], JsonObject]
    person: Callable[[JsonObject], Person]
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    only: frozenset[str] = frozenset()  # event types that need it; empty: all
    retry_for: timedelta = timedelta(hours=1)
    fresh_for: timedelta = timedelta(seconds=60)

    def completes(self, event: Event) -> bool:
        """Whether this event is to wait for its record."""
        return event.never_rings is None and (not self.only or event.type in self.only)


@record
class Fetched:
    """The answer's JSON."""

    answer: JsonValue


@record
class Unfetched:
    """Why there is no answer. `again`: worth another try, `after` so long at the earliest."""

    error: str
    again: bool = False
    after: timedelta | None = None
    missing: bool = False  # the system says that there is no such record


class Fetcher(Protocol):
    """GETs of a source's records. Never raises for what the network or the other system does."""

    async def fetch(self, lookup: Lookup, url: str, *, not_before: datetime) -> Fetched | Unfetched:
        """The answer at the URL, or one fetched since `not_before` that is still fresh."""
        ...
