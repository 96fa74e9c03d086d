"""Pages of a list: which of its indexes to walk, how far, and the cursor that goes on from there."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar, cast

import orjson
from redis.asyncio import Redis

from gateway.ledger.connection import Connection
from gateway.ledger.damage import listed
from gateway.ledger.encoding import contact_key
from gateway.ledger.instants import to_ms
from gateway.ledger.records import Call, CallFilter, EventFilter, EventRecord
from gateway.model import CallState, ContactFields, EventState, record

_CHUNK, _CHUNK_AT_LEAST = 100, 20
_LOOKED_AT = 2000  # records one page may look at
_MAX_LIMIT = 500

T = TypeVar("T")
Walk = Callable[["Place | None", str, int], Awaitable["list[Place]"]]  # after a place, lowest score, how many


@record
class Place:
    """Where a page ended: after this id at this score."""

    score: int
    id: str


def encode_cursor(place: Place) -> str:
    """A place as opaque text."""
    return base64.urlsafe_b64encode(orjson.dumps([place.score, place.id])).decode().rstrip("=")


def decode_cursor(text: str) -> Place:
    """The place of a cursor. Raises ValueError for text that is not one of ours."""
    try:
        score, name = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, binascii.Error):
        raise ValueError("the cursor is not one this list gave out") from None
    if type(score) is int and isinstance(name, str):
        return Place(score=score, id=name)
    raise ValueError("the cursor is not one this list gave out")


def along(redis: "Redis", index: str) -> Walk:
    """A list that is one index."""
    return partial(_next, redis, index)


def calls_along(connection: Connection, where: CallFilter) -> Walk:
    """The shortest list that holds every call of the filter."""
    if where.contact is not None:
        return along(connection.redis, connection.key("calls", "contact", contact_key(where.contact)))
    states = tuple(CallState) if where.state is None else (where.state,)
    return partial(_merged, connection, "calls", states, where.source or "")


def events_along(connection: Connection, where: EventFilter) -> Walk:
    """The shortest list that holds every event of the filter."""
    states = tuple(EventState) if where.state is None else (where.state,)
    return partial(_merged, connection, "events", states, where.source or "")


def call_passes(call: Call, where: CallFilter) -> bool:
    """Whether a call is what the filter asks for."""
    return (
        (where.state is None or call.state is where.state)
        and (where.source is None or call.source == where.source)
        and (where.contact is None or where.contact in _contacts(call))
        and (where.since is None or call.created_at >= where.since)
    )


def event_passes(event: EventRecord, where: EventFilter) -> bool:
    """Whether an event is what the filter asks for; its age is the index's business."""
    return (where.state is None or event.state is where.state) and (
        where.source is None or event.source == where.source
    )


def _contacts(call: Call) -> tuple[str | None, ...]:
    phone = call.contact.phone if isinstance(call.contact, ContactFields) else None
    return (call.contact_id, phone)


async def page(
    walk: Walk,
    *,
    read: Callable[[Sequence[str]], Awaitable[list[T | None]]],
    passes: Callable[[T], bool],
    since: datetime | None,
    limit: int,
    cursor: str | None,
) -> tuple[tuple[T, ...], str | None]:
    """Walk a list from the newest, or from a cursor, until the page is full, the end, or the bound.

    A damaged record is left out.
    """
    place = None if cursor is None else decode_cursor(cursor)
    limit = max(1, min(limit, _MAX_LIMIT))
    lowest = "-inf" if since is None else str(to_ms(since))
    found: list[T] = []
    looked, chunk = 0, max(_CHUNK_AT_LEAST, min(limit, _CHUNK))  # little is read that is not shown
    while looked < _LOOKED_AT:
        places = await walk(place, lowest, chunk)
        if not places:
            return tuple(found), None
        looked, chunk = looked + len(places), _CHUNK
        for at, item in zip(places, await listed([at.id for at in places], read), strict=True):
            place = at
            if item is not None and passes(item):
                found.append(item)
                if len(found) == limit:
                    return tuple(found), encode_cursor(at)
    return tuple(found), None if place is None else encode_cursor(place)


async def _merged(
    connection: Connection, kind: str, states: Sequence[str], source: str, after: Place | None, lowest: str, count: int
) -> list[Place]:
    """As `_next`, of the parts that hold what is in one of these states and came from a source, or from any."""
    score, name = ("+inf", "") if after is None else (after.score, after.id)
    rows = await connection.run("newest", 0, kind, " ".join(states), source, score, name, lowest, count, "")
    return [Place(score=int(at), id=found.decode()) for found, at in zip(rows[::2], rows[1::2], strict=True)]


async def _next(redis: "Redis", index: str, after: Place | None, lowest: str, count: int) -> list[Place]:
    """The next records after a place: those of a lower score, or of the same and a lower id."""
    highest = "+inf" if after is None else str(after.score)
    skipped = 0
    while True:
        rows = cast(
            "list[tuple[bytes, float]]",
            await redis.zrange(
                index, highest, lowest, desc=True, byscore=True, offset=skipped, num=count, withscores=True
            ),
        )
        places = [Place(score=int(score), id=name.decode()) for name, score in rows]
        fresh = [at for at in places if after is None or (at.score, at.id) < (after.score, after.id)]
        if fresh or len(places) < count:
            return fresh
        skipped += len(places)
