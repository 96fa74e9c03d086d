"""What do-not-call checks answered, kept for a while, so that the same person is not asked about twice."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import orjson

from gateway.external_check import Check
from gateway.ids import digest
from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.instants import from_ms, to_ms
from gateway.model import record

_TIDY = timedelta(days=1)


@record
class KeptAnswer:
    """One plain answer and when it was asked for."""

    listed: bool
    asked_at: datetime


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
        with unavailable():
            await self._connection.redis.set(self._key(check, values), value, px=check.fresh_for + _TIDY)

    def _key(self, check: Check, values: Mapping[str, str]) -> str:
        asked = (part for name in sorted(check.needs) for part in (name, values[name]))
        return self._connection.key("check", digest(check.name, check.version, *asked))
