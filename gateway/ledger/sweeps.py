"""What a crash left behind, moved on: the only transitions that happen without a worker or a person."""

from datetime import datetime

from gateway.ledger.connection import Connection
from gateway.ledger.records import Swept


class Sweeps:
    """Lost leases, passed deadlines, expired leads, due calls nobody was woken for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def sweep(self, *, now: datetime, limit: int = 200) -> Swept:
        """One bounded round. Safe to run from several sweepers at once."""
        raise NotImplementedError
