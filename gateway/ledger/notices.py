"""The outbox: what endpoints are to hear of, written by the very transitions, sent by workers, looked after here.

Every outcome of a call whose plan says `notify` has one notice for each endpoint that hears of it. Its id stays the
same however often it is sent, so that whoever receives it can tell a repeat. The order of a call's notices is not kept.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from gateway.ids import may_be_id
from gateway.ledger import pages
from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.decoding import fields_of, reason_of, text_list
from gateway.ledger.encoding import dumps
from gateway.ledger.instants import from_ms, span_ms, to_ms
from gateway.ledger.records import Transition
from gateway.model import CallState, record
from gateway.reasons import Reason

_SAID_CHARACTERS = 300


class NoticeState(StrEnum):
    """Where a notice stands."""

    WAITING = "WAITING"  # to be sent, or sent again
    DELIVERED = "DELIVERED"  # the endpoint took it
    FAILED = "FAILED"  # given up; a person may have it sent again


@record
class Notice:
    """One message to one endpoint about one outcome, as it was then."""

    id: str
    call_id: str
    endpoint: str
    call_state: CallState
    reason: Reason | None
    detail: str
    at: datetime  # when the call came to this state
    rang_at: datetime | None  # the latest request that rang, or may have, by then
    state: NoticeState
    tries: int
    since: datetime  # when it was last to be sent: it is given up so long after
    next_at: datetime  # the next try, or the end of a sender's lease
    said: str  # the endpoint's last answer, in one safe line
    said_at: datetime | None
    finished_at: datetime | None
    resent_by: str | None


@record
class EndpointStatus:
    """How an endpoint does. `paused_until`: it failed again and again, or asked to be left alone."""

    endpoint: str
    waiting: int
    failures: int  # in a row
    paused_until: datetime | None
    delivered_at: datetime | None
    failed_at: datetime | None
    error: str


@record
class Sent:
    """What came of sending a notice once. `asked`: the endpoint had its chance; its answer counts for its pause."""

    outcome: NoticeState
    said: str
    next_at: datetime | None = None  # WAITING: the next try
    pause: timedelta | None = None  # what it asked for by Retry-After
    asked: bool = True


@record
class Keeping:
    """How long notices are tried, and kept afterwards."""

    tried: timedelta = timedelta(days=3)
    delivered: timedelta = timedelta(days=7)
    failed: timedelta = timedelta(days=30)


@record
class SweptNotices:
    """What a round found: notices to wake for, notices given up, and how many were forgotten."""

    due: tuple[str, ...]
    given_up: tuple[str, ...]
    gone: int


class Notices:
    """At least once to every endpoint; each change is one write."""

    def __init__(
        self, connection: Connection, *, keeping: Keeping | None = None, nonce: Callable[[], str] | None = None
    ) -> None:
        self._connection = connection
        self._nonce = nonce or (lambda: secrets.token_hex(8))
        self.keeping = keeping or Keeping()

    async def claim(
        self, owner: str, *, limit: int, now: datetime, lease: timedelta, share: int, busy: Mapping[str, int]
    ) -> tuple[Notice, ...]:
        """Lease notices that are due, none of an endpoint that is paused.

        `share` bounds what one endpoint may have under way at this sender, `busy` is what it has: an endpoint that
        answers slowly holds up no other.
        """
        arguments = (owner, limit, to_ms(now + lease), self._nonce(), share, dumps(dict(busy)))
        answers = await self._connection.run("claim_notices", to_ms(now), *arguments)
        return tuple(_notice(name.decode(), fields_of(flat)) for name, flat in answers)

    async def finish(self, notice: Notice, owner: str, sent: Sent, *, now: datetime) -> Transition:
        """Write down what came of one try. STALE: the lease ran out and somebody else has it."""
        next_at = "" if sent.next_at is None else to_ms(sent.next_at)
        pause = "" if sent.pause is None else span_ms(sent.pause)
        told = (sent.outcome.value, next_at, sent.said[:_SAID_CHARACTERS], pause, "1" if sent.asked else "0")
        answer = await self._connection.run("finish_notice", to_ms(now), notice.id, owner, notice.tries, *told)
        return Transition(answer.decode())

    async def sweep(self, *, now: datetime, limit: int = 200) -> SweptNotices:
        """Give up what nobody took for too long, forget what is old; the notices to wake senders for."""
        kept = self.keeping
        oldest = [to_ms(now - span) for span in (kept.tried, kept.delivered, kept.failed)]
        due, given_up, gone = await self._connection.run("sweep_notices", to_ms(now), limit, *oldest)
        return SweptNotices(due=text_list(due), given_up=text_list(given_up), gone=gone)

    async def resend(self, notice_id: str, *, actor: str, now: datetime) -> Transition:
        """Send it again at once, whatever became of it, under its old id; its endpoint's pause is ended."""
        if not may_be_id(notice_id):
            return Transition.MISSING
        answer = await self._connection.run("resend_notice", to_ms(now), notice_id, self._nonce(), actor)
        return Transition(answer.decode())

    async def notice(self, notice_id: str) -> Notice | None:
        """One notice."""
        return (await self._read([notice_id]))[0] if may_be_id(notice_id) else None

    async def listed(
        self, *, state: NoticeState | None = None, limit: int = 50, cursor: str | None = None
    ) -> tuple[tuple[Notice, ...], str | None]:
        """Notices, newest first. Raises ValueError for a cursor that is not ours."""
        index = "all" if state is None else f"state:{state}"
        with unavailable():
            return await pages.page(
                pages.along(self._connection.redis, self._connection.key("notices", index)),
                read=self._read,
                passes=lambda notice: state is None or notice.state is state,
                since=None,
                limit=limit,
                cursor=cursor,
            )

    async def of_call(self, call_id: str) -> tuple[Notice, ...]:
        """A call's notices, oldest first."""
        if not may_be_id(call_id):
            return ()
        with unavailable():
            key = self._connection.key("call", call_id, "notices")
            ids: list[bytes] = await cast("Any", self._connection.redis.lrange(key, 0, -1))
        return tuple(one for one in await self._read(text_list(ids)) if one is not None)

    async def counts(self) -> dict[NoticeState, int]:
        """Notices by state, from the indexes: cheap, for metrics."""
        with unavailable():
            pipeline = self._connection.redis.pipeline(transaction=False)
            for state in NoticeState:
                pipeline.zcard(self._connection.key("notices", "state", state))
            return dict(zip(NoticeState, await pipeline.execute(), strict=True))

    async def endpoints(self, names: Sequence[str]) -> tuple[EndpointStatus, ...]:
        """How these endpoints do."""
        with unavailable():
            pipeline = self._connection.redis.pipeline(transaction=False)
            for name in names:
                pipeline.hgetall(self._connection.key("endpoint", name))
                pipeline.zcard(self._connection.key("notices", "to", name))
            answers = await pipeline.execute()
        return tuple(
            _status(name, fields, waiting)
            for name, fields, waiting in zip(names, answers[::2], answers[1::2], strict=True)
        )

    async def _read(self, ids: Sequence[str]) -> list[Notice | None]:
        with unavailable():
            pipeline = self._connection.redis.pipeline(transaction=False)
            for name in ids:
                pipeline.hgetall(self._connection.key("notice", name))
            answers = await pipeline.execute()
        return [_notice(name, fields) if fields else None for name, fields in zip(ids, answers, strict=True)]


def _instant(fields: Mapping[bytes, bytes], name: bytes) -> datetime | None:
    return from_ms(int(fields[name])) if fields.get(name) not in {None, b"", b"0"} else None


def _text(fields: Mapping[bytes, bytes], name: bytes) -> str:
    return fields.get(name, b"").decode("utf-8", "replace")


def _notice(name: str, fields: Mapping[bytes, bytes]) -> Notice:
    return Notice(
        id=name,
        call_id=_text(fields, b"call"),
        endpoint=_text(fields, b"endpoint"),
        call_state=CallState(_text(fields, b"told")),
        reason=reason_of(_text(fields, b"reason")),
        detail=_text(fields, b"detail"),
        at=from_ms(int(fields[b"at"])),
        rang_at=_instant(fields, b"rang_at"),
        state=NoticeState(_text(fields, b"state")),
        tries=int(fields[b"tries"]),
        since=from_ms(int(fields[b"since"])),
        next_at=from_ms(int(fields[b"next_at"])),
        said=_text(fields, b"said"),
        said_at=_instant(fields, b"said_at"),
        finished_at=_instant(fields, b"finished_at"),
        resent_by=_text(fields, b"resent_by") or None,
    )


def _status(name: str, fields: Mapping[bytes, bytes], waiting: int) -> EndpointStatus:
    return EndpointStatus(
        endpoint=name,
        waiting=waiting,
        failures=int(fields.get(b"failures") or 0),
        paused_until=_instant(fields, b"paused_until"),
        delivered_at=_instant(fields, b"delivered_at"),
        failed_at=_instant(fields, b"failed_at"),
        error=_text(fields, b"error"),
    )
