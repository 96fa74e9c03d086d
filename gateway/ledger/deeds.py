"""Who did what at the console: every sign-in, refusal, reveal and order, newest first, as long as records are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import orjson

from gateway.ledger import pages
from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.instants import from_ms, to_ms
from gateway.model import record

_CHARACTERS = 300


@record
class Deed:
    """One thing somebody did, or tried. Nothing in it is a phone number or a secret."""

    id: str
    at: datetime
    by: str  # a user's name; for a refused sign-in the name that was given
    action: str  # e.g. signed_in, sign_in_refused, call.resolved
    subject: str  # the id or name it was done to; may be empty
    detail: str
    address: str  # of the client


@record
class DeedFilter:
    """Which deeds are meant: of one person, of an action or a group of them (`call`: every `call.…`), of a time."""

    by: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None  # not included

    def passes(self, deed: Deed) -> bool:
        """Whether a deed is meant; its time is the index's business."""
        grouped = deed.action == self.action or deed.action.startswith(f"{self.action}.")
        return (not self.by or deed.by == self.by) and (not self.action or grouped)


class Deeds:
    """An append-only list: nothing here changes or removes a deed before its retention has passed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def note(self, deed: Deed) -> None:
        """Keep it. The same deed noted twice is kept once."""
        now = to_ms(deed.at)
        told = {
            "at": now,
            "by": deed.by[:_CHARACTERS],
            "action": deed.action,
            "subject": deed.subject[:_CHARACTERS],
            "detail": deed.detail[:_CHARACTERS],
            "address": deed.address[:_CHARACTERS],
        }
        oldest = to_ms(deed.at - self._connection.retention.records)
        await self._connection.run("note_deed", now, deed.id, orjson.dumps(told), oldest)

    async def listed(
        self, where: DeedFilter | None = None, *, limit: int = 100, cursor: str | None = None
    ) -> tuple[tuple[Deed, ...], str | None]:
        """Deeds, newest first. Raises ValueError for a cursor that is not ours.

        A page of a rare action may hold few, or none, and a cursor that goes on: only so many are looked at.
        """
        where = where or DeedFilter()
        if cursor is None and where.until is not None:
            cursor = pages.encode_cursor(pages.Place(score=to_ms(where.until), id=""))
        with unavailable():
            return await pages.page(
                pages.along(self._connection.redis, self._connection.key("deeds", "all")),
                read=self._read,
                passes=where.passes,
                since=where.since,
                limit=limit,
                cursor=cursor,
            )

    async def _read(self, ids: Sequence[str]) -> list[Deed | None]:
        with unavailable():
            stored = await cast("Any", self._connection.redis.hmget(self._connection.key("deeds"), list(ids)))
        return [
            None if text is None else _deed(name, orjson.loads(text)) for name, text in zip(ids, stored, strict=True)
        ]


def _deed(name: str, told: dict[str, Any]) -> Deed:
    return Deed(id=name, at=from_ms(told.pop("at")), **told)
