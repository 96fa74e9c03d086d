"""What do-not-call checks answered, kept for a while, so that the same person is not asked about twice."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import orjson

from gateway.external_check import Check
from gateway.ids import digest
from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.instants import from_ms, to_ms
from gateway.model import record

_TIDY = timedelta(days=1)
_ERROR = 300  # characters that are kept


@record
class KeptAnswer:
    """One plain answer and when it was asked for."""

    listed: bool
    asked_at: datetime


@record
class CheckState:
    """When a check last gave a plain answer, and when it last gave none, with what was wrong; it names nobody."""

    answered_at: datetime | None
    failed_at: datetime | None
    error: str

    @property
    def failing(self) -> bool:
        """Whether its latest answer was none."""
        return self.failed_at is not None and (self.answered_at is None or self.answered_at < self.failed_at)


class KeptAnswers:
    """Answers by check, its version, and digests of what was asked: nobody's phone stands in a key or a value.

    How long one is good is for the reader to judge, by `asked_at`; that Redis lets it go later only tidies up.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def find(self, check: Check, values: Mapping[str, str]) -> KeptAnswer | None:
        """What is kept, however old. Raises LedgerUnavailable."""
        found: bytes | None = await self._connection.ask("GET", self._key(check, values))
        if found is None:
            return None
        data = orjson.loads(found)
        return KeptAnswer(listed=data["listed"], asked_at=from_ms(data["asked_at"]))

    async def keep(self, check: Check, values: Mapping[str, str], answer: KeptAnswer) -> None:
        """Keep one answer in place of an older. Raises LedgerUnavailable."""
        value = orjson.dumps({"listed": answer.listed, "asked_at": to_ms(answer.asked_at)})
        async with self._connection.redis.pipeline(transaction=False) as pipe:
            pipe.set(self._key(check, values), value, px=check.fresh_for + _TIDY)
            pipe.hset(self._connection.key("checks", "answered"), check.name, str(to_ms(answer.asked_at)))
            with unavailable():
                await pipe.execute()

    async def note_failure(self, check: Check, error: str, *, now: datetime) -> None:
        """It gave no plain answer now. Raises LedgerUnavailable."""
        key = self._connection.key("checks", "failed")
        with unavailable():
            await cast("Any", self._connection.redis.hset(key, check.name, f"{to_ms(now)} {error[:_ERROR]}"))

    async def states(self, names: Sequence[str]) -> Mapping[str, CheckState]:
        """How each of these checks last answered, whoever asked. Raises LedgerUnavailable."""
        if not names:
            return {}
        key = self._connection.key
        answered: list[bytes | None] = await self._connection.ask("HMGET", key("checks", "answered"), *names)
        failed: list[bytes | None] = await self._connection.ask("HMGET", key("checks", "failed"), *names)
        return {name: _state(*known) for name, *known in zip(names, answered, failed, strict=True)}

    def _key(self, check: Check, values: Mapping[str, str]) -> str:
        asked = (part for name in sorted(check.needs) for part in (name, values[name]))
        return self._connection.key("check", digest(check.name, check.version, *asked))


def _state(answered: bytes | None, failed: bytes | None) -> CheckState:
    at, _, error = (failed or b"").decode().partition(" ")
    return CheckState(
        answered_at=None if answered is None else from_ms(int(answered)),
        failed_at=from_ms(int(at)) if at else None,
        error=error,
    )
