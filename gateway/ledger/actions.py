"""What people (and the account probe) may do to calls and events. Every action names its actor."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from gateway.ids import may_be_id
from gateway.ledger.breakers import Breaker, breaker_arguments
from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.decoding import account_of
from gateway.ledger.encoding import call_id, contact_fields, found_fields
from gateway.ledger.instants import to_ms
from gateway.ledger.intake import fresh_nonce, planned
from gateway.ledger.records import AccountStatus, Replay, Transition
from gateway.model import Decision, Event, JsonObject, Unsent

Resolution = Literal["placed", "redial", "close"]
_REDIAL_WITHIN = timedelta(hours=24)


class Actions:
    """Cancel, resolve, release, replay, stop and resume.

    The same action by the same actor, when the call is already where it leads, is answered REPEATED.
    """

    def __init__(self, connection: Connection, *, nonce: Callable[[], str] = fresh_nonce) -> None:
        self._connection = connection
        self._nonce = nonce

    async def cancel(self, call_id: str, *, actor: str, now: datetime) -> Transition:
        """READY or HELD → CANCELLED. A call being dialled cannot be cancelled: WRONG_STATE."""
        return await self._act("cancel", now, call_id, actor)

    async def release(self, call_id: str, *, actor: str, now: datetime) -> Transition:
        """HELD → READY, its reason RELEASED until a guard or the grant says otherwise."""
        return await self._act("release", now, call_id, actor)

    async def resolve(
        self,
        call_id: str,
        resolution: Resolution,
        *,
        actor: str,
        now: datetime,
        expires_at: datetime | None = None,
    ) -> Transition:
        """UNKNOWN → PLACED, READY (redial, a person's order; a new `expires_at` may be given) or CLOSED.

        A redial of a call whose time has passed may ring for another 24 hours, unless `expires_at` says otherwise.
        """
        limit = "" if expires_at is None else to_ms(expires_at)
        return await self._act("resolve", now, call_id, resolution, actor, limit, to_ms(now + _REDIAL_WITHIN))

    async def replay(
        self,
        event_id: str,
        decision: Decision,
        *,
        again: bool,
        dry_run: bool,
        actor: str,
        now: datetime,
        nonce: str | None = None,
        found: Event | None = None,
    ) -> Replay | None:
        """Decide an event anew. None: no such event.

        Never makes a second call for one that is PLACED, DIALING, CLAIMED, UNKNOWN, CLOSED, READY or HELD, or
        JOINED to such a one, nor one to the same person from the same event, unless `again` is given; SKIPPED,
        EXPIRED, CANCELLED and REJECTED calls become READY again under their old id. With `again` those that rang,
        or may have, become READY too; those still waiting or under way stay as they are. A decision to RECEIVED
        makes no call: a worker fetches the event's record, and replays with what it `found` under a `nonce` that
        names this very order, so that it is carried out once.
        """
        sent = await planned(self._connection, event_id, decision)
        if sent is None:
            return None
        flags = ("1" if again else "0", "1" if dry_run else "0")
        given = (sent.text, *flags, actor, nonce or self._nonce(), *found_fields(found), "")
        answer = await self._connection.run("replay", to_ms(now), event_id, *given, *sent.blobs)
        if answer is None:
            return None
        new, kept = (tuple(ids.decode().split()) for ids in answer)
        return Replay(
            event_id=event_id,
            state=decision.state,
            reason=decision.reason,
            error=decision.error,
            new=new,
            kept=kept,
            plans=_shown(event_id, decision),
        )

    async def stop_account(
        self, account: str, *, reason: str, now: datetime, probe_after: timedelta = timedelta(seconds=60)
    ) -> None:
        """No grant for this account until it is resumed."""
        await self._connection.run("stop_account", to_ms(now), account, reason, to_ms(now + probe_after))

    async def doubt_account(self, account: str, outcome: Unsent, *, breaker: Breaker, now: datetime) -> None:
        """Count an answer that belongs to no attempt: a contact could not be had for want of a plain answer."""
        arguments = breaker_arguments(outcome, breaker, now=now)
        await self._connection.run("judge_account", to_ms(now), account, *arguments, outcome.reason)

    async def resume_account(self, account: str, *, actor: str, now: datetime) -> None:
        """Let an account dial again, and make its waiting calls due."""
        await self._connection.run("resume_account", to_ms(now), account, actor)

    async def accounts(self) -> tuple[AccountStatus, ...]:
        """Every account that is or was stopped."""
        connection = self._connection
        with unavailable():
            members = await cast("Any", connection.redis.smembers(connection.key("accounts")))
            names = sorted(name.decode() for name in members)
            pipeline = connection.redis.pipeline(transaction=False)
            for name in names:
                pipeline.hgetall(connection.key("account", name))
            records: list[Mapping[bytes, bytes]] = await pipeline.execute()
        return tuple(account_of(name, fields) for name, fields in zip(names, records, strict=True))

    async def _act(self, script: str, now: datetime, call_id: str, *arguments: str | int) -> Transition:
        if not may_be_id(call_id):
            return Transition.MISSING
        answer = await self._connection.run(script, to_ms(now), call_id, self._nonce(), *arguments)
        return Transition(answer.decode())


def _shown(event_id: str, decision: Decision) -> tuple[JsonObject, ...]:
    """The planned calls as a person is to see them before saying yes."""
    return tuple(
        {
            "call_id": call_id(event_id, plan),
            "rule": plan.rule,
            "number": plan.number,
            "contact": contact_fields(plan.contact),
            "skip": None if plan.skip is None else plan.skip.value,
        }
        for plan in decision.plans
    )
