"""The ledger's promises, checked on its records."""

from datetime import datetime

from gateway.ledger.connection import Connection
from gateway.ledger.records import Audit


class Auditor:
    """Recounts every record and names each that breaks a promise."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def recount(self, *, now: datetime) -> Audit:
        """Read every delivery, event and call, in bounded steps.

        Checked: accepted calls = sum over states; one state per call, its index and its record agreeing;
        attempts ≤ 1 + what people ordered and what was proved unsent; every event with one state and reason;
        every delivery's events exist; nothing waits without a next time, a lease or a person.
        """
        raise NotImplementedError
