"""Alerts: what a person must look at, kept until it is over or somebody says that they know."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

import orjson

from gateway.alerts import AlertKind, kind_named
from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.instants import from_ms, to_ms
from gateway.ledger.records import Transition
from gateway.model import record

_DETAIL_CHARACTERS = 500
_SUBJECT_CHARACTERS = 200


@record
class Alert:
    """One thing to look at. `detail` says what happened and holds neither a phone number nor a secret."""

    key: str  # `{kind}:{subject}`, stable
    kind: str  # an AlertKind, or one that only a newer release knows
    subject: str
    detail: str
    since: datetime
    seen: datetime
    count: int
    acknowledged_by: str  # empty: nobody yet
    acknowledged_at: datetime | None

    @property
    def do(self) -> str:
        """What a person does about it."""
        kind = kind_named(self.kind)
        return kind.do if kind is not None else "a newer release of Dialgate raised this: see its documentation"

    @property
    def critical(self) -> bool:
        """Whether it makes this installation not ready."""
        kind = kind_named(self.kind)
        return kind is not None and kind.critical


class Alerts:
    """Each change is one write. Lua raises alerts of its own in the writes that cause them (2_alerts.lua).

    At most 100 a kind are kept: those seen longest ago go first.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def raise_(self, kind: AlertKind, subject: str, detail: str, *, now: datetime) -> bool:
        """Open it, or count it once more. True when it is new.

        One that was acknowledged stays so as long as it goes on; raised again more than an hour after it was last
        seen, it is a new one. `detail` is cut at 500 characters, `subject` at 200.
        """
        told = (subject[:_SUBJECT_CHARACTERS], detail[:_DETAIL_CHARACTERS])
        return bool(await self._connection.run("raise_alert", to_ms(now), kind.value, *told))

    async def clear(self, kind: AlertKind, subject: str, *, now: datetime) -> Transition:
        """It is over, whoever noticed. REPEATED: it was not open."""
        answer = await self._connection.run("clear_alert", to_ms(now), kind.value, subject[:_SUBJECT_CHARACTERS])
        return Transition(answer.decode())

    async def acknowledge(self, key: str, *, actor: str, now: datetime) -> Transition:
        """A person knows: it is listed still, and warns no more. MISSING: it is over, or never was."""
        answer = await self._connection.run("acknowledge_alert", to_ms(now), key, actor)
        return Transition(answer.decode())

    async def listed(self) -> tuple[Alert, ...]:
        """Everything kept: what nobody acknowledged first, then the latest first."""
        connection = self._connection
        with unavailable():
            stored: Mapping[bytes, bytes] = await cast("Any", connection.redis.hgetall(connection.key("alerts")))
        alerts = [_alert(key.decode(), orjson.loads(value)) for key, value in stored.items()]
        return tuple(sorted(alerts, key=lambda one: (one.acknowledged_by != "", -one.seen.timestamp(), one.key)))

    async def open(self) -> tuple[Alert, ...]:
        """What nobody acknowledged, the critical first, then the latest."""
        waiting = [one for one in await self.listed() if not one.acknowledged_by]
        return tuple(sorted(waiting, key=lambda one: not one.critical))

    async def take_untold(self) -> tuple[Alert, ...]:
        """New alerts that no log has told of; each is handed to one caller only."""
        connection, name = self._connection, self._connection.key("alerts", "untold")
        with unavailable():
            waiting: set[bytes] = await cast("Any", connection.redis.smembers(name))
            mine = {key.decode() for key in waiting if await cast("Any", connection.redis.srem(name, key))}
        return tuple(one for one in await self.listed() if one.key in mine) if mine else ()


def _alert(key: str, stored: dict[str, Any]) -> Alert:
    return Alert(
        key=key,
        kind=stored["kind"],
        subject=stored["subject"],
        detail=stored["detail"],
        since=from_ms(stored["since"]),
        seen=from_ms(stored["seen"]),
        count=stored["count"],
        acknowledged_by=stored["by"],
        acknowledged_at=from_ms(stored["at"]) if stored["by"] else None,
    )
