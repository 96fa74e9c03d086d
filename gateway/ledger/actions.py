"""What people (and the account probe) may do to calls and events. Every action names its actor."""

from datetime import datetime, timedelta
from typing import Literal

from gateway.ledger.connection import Connection
from gateway.ledger.records import AccountStatus, Replay, Transition
from gateway.model import Decision

Resolution = Literal["placed", "redial", "close"]


class Actions:
    """Cancel, resolve, release, replay, stop and resume."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def cancel(self, call_id: str, *, actor: str, now: datetime) -> Transition:
        """READY or HELD → CANCELLED. A call being dialled cannot be cancelled: WRONG_STATE."""
        raise NotImplementedError

    async def release(self, call_id: str, *, actor: str, now: datetime) -> Transition:
        """HELD → READY."""
        raise NotImplementedError

    async def resolve(
        self,
        call_id: str,
        resolution: Resolution,
        *,
        actor: str,
        now: datetime,
        expires_at: datetime | None = None,
    ) -> Transition:
        """UNKNOWN → PLACED, READY (redial, a person's order; a new `expires_at` may be given) or CLOSED."""
        raise NotImplementedError

    async def replay(
        self, event_id: str, decision: Decision, *, again: bool, dry_run: bool, actor: str, now: datetime
    ) -> Replay | None:
        """Decide an event anew. None: no such event.

        Never makes a second call for one that is PLACED, DIALING, CLAIMED, UNKNOWN, CLOSED, READY or HELD, nor
        one to the same person from the same event, unless `again` is given; SKIPPED, EXPIRED, CANCELLED,
        REJECTED and JOINED calls become READY again under their old id.
        """
        raise NotImplementedError

    async def stop_account(
        self, account: str, *, reason: str, now: datetime, probe_after: timedelta = timedelta(seconds=60)
    ) -> None:
        """No grant for this account until it is resumed."""
        raise NotImplementedError

    async def resume_account(self, account: str, *, actor: str, now: datetime) -> None:
        """Let an account dial again, and make its waiting calls due."""
        raise NotImplementedError

    async def accounts(self) -> tuple[AccountStatus, ...]:
        """Every account that is or was stopped."""
        raise NotImplementedError
