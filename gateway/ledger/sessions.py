"""Who is signed in at the console: kept here and not in the cookie, so that a session can be ended."""

from datetime import datetime, timedelta
from typing import Any, cast

import orjson

from gateway.ids import digest
from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.instants import from_ms, to_ms
from gateway.model import record


@record
class Session:
    """One signed-in browser. Its token is known to the browser only: here stands a digest of it."""

    user: str
    csrf: str  # what each order of this browser must show
    credential: str  # a digest of what the user signed in with: another password ends the session
    started_at: datetime
    idle_until: datetime
    ends_at: datetime
    role: str = ""  # of a user whom a sign-in service vouched for; empty: the configuration says


class Sessions:
    """Redis forgets a session when it has ended; whether it still holds is decided by its own times."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def start(self, token: str, session: Session, *, now: datetime) -> None:
        """Remember a session under its token."""
        key, index = self._key(token), self._index(session.user)
        with unavailable():
            pipeline = self._connection.redis.pipeline(transaction=True)
            pipeline.set(key, _stored(session), px=_milliseconds(session.ends_at - now))
            pipeline.zadd(index, {key: to_ms(session.ends_at)})
            pipeline.zremrangebyscore(index, "-inf", to_ms(now))
            pipeline.pexpireat(index, to_ms(session.ends_at), gt=True)
            pipeline.pexpireat(index, to_ms(session.ends_at), nx=True)
            await pipeline.execute()

    async def find(self, token: str, *, now: datetime) -> Session | None:
        """The session of a token, if it still holds."""
        with unavailable():
            text = await self._connection.redis.get(self._key(token))
        if text is None:
            return None
        found = _session(orjson.loads(text))
        return found if now < min(found.idle_until, found.ends_at) else None

    async def touch(self, token: str, session: Session, *, now: datetime) -> None:
        """Remember it as used. One that was ended meanwhile stays ended."""
        with unavailable():
            await self._connection.redis.set(
                self._key(token), _stored(session), px=_milliseconds(session.ends_at - now), xx=True
            )

    async def end(self, token: str) -> None:
        """End one session."""
        with unavailable():
            await self._connection.redis.delete(self._key(token))

    async def end_all(self, user: str) -> int:
        """End every session of a user; answers how many there were."""
        index = self._index(user)
        with unavailable():
            keys = await cast("Any", self._connection.redis.zrange(index, 0, -1))
            return int(await self._connection.redis.delete(index, *keys)) - 1 if keys else 0

    def _key(self, token: str) -> str:
        return self._connection.key("session", digest(token))

    def _index(self, user: str) -> str:
        return self._connection.key("sessions", digest(user))


def _milliseconds(span: timedelta) -> int:
    return max(1, int(span / timedelta(milliseconds=1)))


def _stored(session: Session) -> bytes:
    return orjson.dumps(
        {
            "user": session.user,
            "csrf": session.csrf,
            "credential": session.credential,
            "started_at": to_ms(session.started_at),
            "idle_until": to_ms(session.idle_until),
            "ends_at": to_ms(session.ends_at),
            "role": session.role,
        }
    )


def _session(stored: dict[str, Any]) -> Session:
    return Session(
        user=stored["user"],
        csrf=stored["csrf"],
        credential=stored["credential"],
        started_at=from_ms(stored["started_at"]),
        idle_until=from_ms(stored["idle_until"]),
        ends_at=from_ms(stored["ends_at"]),
        role=stored.get("role", ""),
    )
