"""A worker's way with a call: claim, look, resolve, grant, finish. Every write shows owner and fence."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from gateway.ledger.connection import Connection
from gateway.ledger.records import Claims, Grant, GrantTerms, Hold, Transition
from gateway.model import Outcome, Verdict
from gateway.reasons import Reason


class Dials:
    """From a due call to its outcome."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def claim(self, owner: str, *, limit: int, now: datetime, lease: timedelta) -> Claims:
        """READY → CLAIMED for up to `limit` due calls, the most urgent first: priority, then the freshest."""
        raise NotImplementedError

    async def renew(self, hold: Hold, *, now: datetime, lease: timedelta) -> Transition:
        """Push the lease out, unless it has already been lost."""
        raise NotImplementedError

    async def defer(
        self,
        hold: Hold,
        *,
        not_before: datetime,
        reason: Reason,
        detail: str = "",
        verdicts: Sequence[Verdict] = (),
        now: datetime,
    ) -> Transition:
        """CLAIMED → READY, not before `not_before`; EXPIRED instead if that is past its limit and `now` is too."""
        raise NotImplementedError

    async def hold_back(
        self, hold: Hold, *, reason: Reason, detail: str = "", verdicts: Sequence[Verdict] = (), now: datetime
    ) -> Transition:
        """CLAIMED → HELD: a person must decide."""
        raise NotImplementedError

    async def skip(
        self, hold: Hold, *, reason: Reason, detail: str = "", verdicts: Sequence[Verdict] = (), now: datetime
    ) -> Transition:
        """CLAIMED → SKIPPED (EXPIRED when the reason is EXPIRED)."""
        raise NotImplementedError

    async def grant(
        self,
        hold: Hold,
        terms: GrantTerms,
        *,
        now: datetime,
        deadline: timedelta,
        verdicts: Sequence[Verdict] = (),
    ) -> Grant:
        """CLAIMED → DIALING, if everything still holds, in one write; the slots of pace are taken in it."""
        raise NotImplementedError

    async def finish(
        self, hold: Hold, outcome: Outcome, *, now: datetime, retry_at: datetime | None = None
    ) -> Transition:
        """DIALING → PLACED, REJECTED, READY again at `retry_at` (Unsent), or UNKNOWN.

        UNKNOWN → PLACED or REJECTED too, as late proof under the same fence. Proved unsent gives the slots of
        pace back. An Unsent with `stops_account` stops the account in the same write.
        """
        raise NotImplementedError
