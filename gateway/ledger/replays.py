"""Replays in bulk: an order of many events, previewed, approved, carried out at a pace, and cancellable at once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

import orjson

from gateway.ids import may_be_id
from gateway.ledger import pages
from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.decoding import text_list
from gateway.ledger.encoding import found_fields
from gateway.ledger.foreseen import Foreseen, PreviewSlice, foreseen_of, line_of
from gateway.ledger.instants import from_ms, to_ms
from gateway.ledger.intake import planned
from gateway.ledger.records import Transition
from gateway.model import Decision, Event, JsonObject, record

EVENTS_AT_MOST = 5_000  # of one order
APPROVE_WITHIN = timedelta(hours=1)  # what a preview said is too old after this
_LINES = 500  # of a preview, read at a time
STEP_LEASE = timedelta(seconds=60)  # a step not ended by then is taken once more


class ReplayState(StrEnum):
    """PREVIEWING → PREVIEWED → APPROVED → RUNNING → DONE; or CANCELLED from any but DONE."""

    PREVIEWING = "PREVIEWING"
    PREVIEWED = "PREVIEWED"
    APPROVED = "APPROVED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


@record
class BulkReplay:
    """An order as the ledger has it. `where` and `preview` are what the person was shown; no phone is in them."""

    id: str
    state: ReplayState
    by: str  # who ordered
    approved_by: str
    cancelled_by: str
    created_at: datetime
    updated_at: datetime
    again: bool
    where: JsonObject
    preview: JsonObject
    per_minute: int
    total: int  # events that are meant; while PREVIEWING, so far
    looked_at: int  # events looked at so far, whether meant or not
    cursor: str  # where the preview goes on; empty at its end
    done: int
    outcomes: Mapping[str, int]  # of the steps made so far, by what came of them


@record
class ReplayStep:
    """One event to be decided anew now, for an order."""

    replay_id: str
    event_id: str
    by: str
    again: bool


class BulkReplays:
    """Each change is one write. A step's write and its tick in the order are the same write (replay.lua):
    whatever dies in between, an event is decided once for an order, and never after the order was cancelled.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def order(
        self,
        replay_id: str,
        *,
        by: str,
        again: bool,
        where: JsonObject,
        preview: JsonObject,
        per_minute: int,
        now: datetime,
    ) -> Transition:
        """Keep an order, PREVIEWING: `look` gives it its events. REPEATED: this very id is kept already."""
        told = {"by": by, "again": again, "where": where, "preview": preview, "per_minute": per_minute}
        oldest = to_ms(now - self._connection.retention.records)
        return await self._run("order_replay", now, replay_id, orjson.dumps(told), oldest)

    async def look(self, order: BulkReplay, seen: PreviewSlice, *, now: datetime) -> Transition:
        """Add a slice to a preview; the last one makes the order PREVIEWED.

        REPEATED: this slice, or another look's of the same place, is there already. Raises ValueError for too many
        events.
        """
        if order.total + len(seen.events) > EVENTS_AT_MOST:
            raise ValueError(f"{order.total + len(seen.events)} events in one order; at most {EVENTS_AT_MOST}")
        looked = (order.looked_at, order.looked_at + seen.looked_at)
        found = (orjson.dumps(seen.counts), " ".join(seen.events), b"\n".join(map(line_of, seen.foreseen)))
        people = " ".join(one.person for one in seen.foreseen if one.person)
        return await self._run("preview_replay", now, order.id, *looked, seen.cursor or "", *found, people)

    async def foreseen(
        self, replay_id: str, *, means: Callable[[Foreseen], bool], limit: int = 50, start: int = 0
    ) -> tuple[tuple[Foreseen, ...], int | None]:
        """What the preview said of single calls, from a place on, and the place to go on from; None at the end."""
        found: list[Foreseen] = []
        while may_be_id(replay_id):
            key = self._connection.key("replay", replay_id, "seen")
            rows = await self._connection.ask("LRANGE", key, start, start + _LINES - 1)
            for place, row in enumerate(rows):
                one = foreseen_of(row)
                if means(one):
                    found.append(one)
                if len(found) == limit:
                    return tuple(found), start + place + 1
            start += len(rows)
            if len(rows) < _LINES:
                break
        return tuple(found), None

    async def approve(self, replay_id: str, *, actor: str, now: datetime) -> Transition:
        """PREVIEWED → APPROVED. STALE: the preview is older than an hour; look again."""
        within = round(APPROVE_WITHIN.total_seconds() * 1000)
        return await self._run("approve_replay", now, replay_id, actor, within)

    async def cancel(self, replay_id: str, *, actor: str, now: datetime) -> Transition:
        """No further step is made: one under way writes nothing any more. What was decided already stays."""
        return await self._run("cancel_replay", now, replay_id, actor)

    async def take(self, *, now: datetime) -> ReplayStep | None:
        """The next step that is due by its order's pace, leased; None when none is. Any number of sweepers may ask."""
        answer = await self._connection.run("take_replay", to_ms(now), round(STEP_LEASE.total_seconds() * 1000))
        if answer is None:
            return None
        replay_id, event_id, told = answer
        data = orjson.loads(told)
        return ReplayStep(
            replay_id=replay_id.decode(), event_id=event_id.decode(), by=data["by"], again=bool(data["again"])
        )

    async def decide(
        self, step: ReplayStep, decision: Decision, *, found: Event | None, now: datetime
    ) -> tuple[Transition, tuple[str, ...]]:
        """Write a step's decision as a single replay would (Actions.replay), and end the step; with the new calls.

        WRONG_STATE: the order was cancelled, nothing was written. MISSING: no such event.
        """
        sent = await planned(self._connection, step.event_id, decision)
        if sent is None:
            return Transition.MISSING, ()
        nonce = f"{step.replay_id}:{step.event_id}"
        answer = await self._connection.run(
            "replay",
            to_ms(now),
            step.event_id,
            sent.text,
            "1" if step.again else "0",
            "0",
            step.by,
            nonce,
            *found_fields(found),
            step.replay_id,
            *sent.blobs,
        )
        if answer is None:
            return Transition.MISSING, ()
        if answer == b"CANCELLED":
            return Transition.WRONG_STATE, ()
        return Transition.DONE, tuple(answer[0].decode().split())

    async def settle(self, step: ReplayStep, outcome: str, *, now: datetime) -> Transition:
        """A step that cannot be decided (its event or content is gone). REPEATED: it was ended before."""
        return await self._run("settle_replay", now, step.replay_id, step.event_id, outcome)

    async def find(self, replay_id: str) -> BulkReplay | None:
        """One order."""
        return (await self._read([replay_id]))[0] if may_be_id(replay_id) else None

    async def listed(
        self, *, state: ReplayState | None = None, limit: int = 50, cursor: str | None = None
    ) -> tuple[tuple[BulkReplay, ...], str | None]:
        """Orders, newest first. Raises ValueError for a cursor that is not ours."""
        with unavailable():
            return await pages.page(
                pages.along(self._connection.redis, self._connection.key("replays", "all")),
                read=self._read,
                passes=lambda one: state is None or one.state is state,
                since=None,
                limit=limit,
                cursor=cursor,
            )

    async def steps(self, replay_id: str) -> Mapping[str, str]:
        """What came of each event of an order so far, by event id."""
        if not may_be_id(replay_id):
            return {}
        with unavailable():
            found = await cast(
                "Any", self._connection.redis.hgetall(self._connection.key("replay", replay_id, "steps"))
            )
        return {event.decode(): _outcome(value.decode()) for event, value in found.items()}

    async def remaining(self, replay_id: str, *, limit: int) -> tuple[str, ...]:
        """The next events of an order that are still to be decided."""
        key = self._connection.key("replay", replay_id, "todo")
        with unavailable():
            return tuple(text_list(await cast("Any", self._connection.redis.zrange(key, 0, limit - 1))))

    async def _run(self, script: str, now: datetime, *arguments: str | int | bytes) -> Transition:
        answer = await self._connection.run(script, to_ms(now), *arguments)
        return Transition(answer.decode())

    async def _read(self, ids: Sequence[str]) -> list[BulkReplay | None]:
        with unavailable():
            pipeline = self._connection.redis.pipeline(transaction=False)
            for replay_id in ids:
                pipeline.hgetall(self._connection.key("replay", replay_id))
                pipeline.hgetall(self._connection.key("replay", replay_id, "outcomes"))
            answers = await pipeline.execute()
        return [
            _bulk(replay_id, fields, outcomes) if fields else None
            for replay_id, fields, outcomes in zip(ids, answers[::2], answers[1::2], strict=True)
        ]


def _bulk(replay_id: str, stored: Mapping[bytes, bytes], outcomes: Mapping[bytes, bytes]) -> BulkReplay:
    fields = {name.decode(): value.decode() for name, value in stored.items()}
    told: dict[str, Any] = orjson.loads(fields["told"])
    counts = {name.decode(): int(value) for name, value in outcomes.items()}
    if "preview" in fields:
        told["preview"] = orjson.loads(fields["preview"]) | {"phones": int(fields["phones"])}
    return BulkReplay(
        id=replay_id,
        state=ReplayState(fields["state"]),
        approved_by=fields.get("approved_by", ""),
        cancelled_by=fields.get("cancelled_by", ""),
        created_at=from_ms(int(fields["created_at"])),
        updated_at=from_ms(int(fields["updated_at"])),
        total=int(fields["total"]),
        looked_at=int(fields.get("looked", 0)),
        cursor=fields.get("cursor", ""),
        done=sum(counts.values()),
        outcomes=counts,
        **told,
    )


def _outcome(value: str) -> str:
    return value.split("\n", 1)[0]
