"""Waiting until replicas have what was written, where somebody acts upon it (`DIALGATE_REDIS_REPLICAS`)."""

import asyncio

from redis.asyncio import Redis

from gateway.errors import LedgerUnavailable

_PATIENCE_MS = 1000

# What somebody acts upon once it is written, and what a failover must therefore not take back: a 2xx, a request, its
# outcome off the journal; whom never to call, a stop, and every other order a person was told was carried out.
# The rest a failover may forget: claims, looks, counts and notices are made again by those who made them.
ACTED_UPON = frozenset(
    {"accept", "decide", "grant", "finish", "quarantine"}
    | {"enlist", "enlist_rows", "unlist", "mark_scrub", "stop", "resume", "stop_account", "resume_account"}
    | {"cancel", "release", "resolve", "replay", "order_replay", "approve_replay", "cancel_replay", "lift_burst"}
    | {"note_deed"}
)


class Replicas:
    """`confirm` answers once `wanted` replicas have everything that was written before it was called.

    Replication keeps the order of writes, so one question answers for all who wait: callers that come while one is
    under way share the next.
    """

    def __init__(self, redis: "Redis", *, wanted: int, key: str, patience_ms: int = _PATIENCE_MS) -> None:
        self._redis = redis
        self._wanted = wanted
        self._key = key
        self._patience_ms = patience_ms
        self._turn = asyncio.Lock()
        self._next: asyncio.Task[str] | None = None
        self._history: str | None = None

    @property
    def history(self) -> str | None:
        """Which primary answered last; None: none was asked yet. To be looked at before something is written."""
        return self._history

    async def confirm(self, since: str | None) -> bool:
        """False where another server became the primary after `since`: what was written may be of the one before.

        Raises LedgerUnavailable where too few have it in time, and what redis-py raises.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._ask())
            self._next.add_done_callback(_heard)
        return await asyncio.shield(self._next) == since or since is None

    async def _ask(self) -> str:
        async with self._turn:
            self._next = None  # who comes from here on may have written later
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.set(self._key, "")  # WAIT is for the writes of its own connection
                pipe.wait(self._wanted, self._patience_ms)
                pipe.info("replication")
                _, reached, told = await pipe.execute()
            history = self._history = str(told.get("master_replid", ""))
        if reached < self._wanted:
            raise LedgerUnavailable(f"Redis: {reached} of {self._wanted} replicas have what was just written")
        return history


def _heard(asked: "asyncio.Task[str]") -> None:
    """Its failure is for those who wait; where nobody does any more, it is nobody's."""
    if not asked.cancelled():
        asked.exception()
