"""Sliding-window limits on things that are not calls, such as posts from one address."""

from collections.abc import Callable
from datetime import datetime, timedelta

from gateway.ids import digest
from gateway.ledger.connection import Connection
from gateway.ledger.instants import span_ms, to_ms
from gateway.ledger.intake import fresh_nonce


class Limits:
    """Counted in Redis, so shared by every process."""

    def __init__(self, connection: Connection, *, nonce: Callable[[], str] = fresh_nonce) -> None:
        self._connection = connection
        self._nonce = nonce

    async def take(self, key: str, *, limit: int, window: timedelta, now: datetime) -> timedelta | None:
        """Take one place in the window; None when taken, else how long until one is free.

        The key's text, which may be an address, is kept as a digest only.
        """
        wait = await self._connection.run("take", to_ms(now), digest(key)[:32], limit, span_ms(window), self._nonce())
        return None if wait < 0 else timedelta(milliseconds=wait)
