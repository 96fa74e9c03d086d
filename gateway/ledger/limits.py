"""Sliding-window limits on things that are not calls, such as posts from one address."""

from datetime import datetime, timedelta

from gateway.ledger.connection import Connection


class Limits:
    """Counted in Redis, so shared by every process."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def take(self, key: str, *, limit: int, window: timedelta, now: datetime) -> timedelta | None:
        """Take one place in the window; None when taken, else how long until one is free."""
        raise NotImplementedError
