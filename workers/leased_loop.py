"""A loop that takes up what is due by lease, many at once, and stops without losing one."""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

import structlog

from gateway.errors import LedgerUnavailable
from gateway.ledger.timekeeping import Timekeeper

log = structlog.get_logger("dialgate.leased_loop")

_POLL_SECONDS = 5.0
_RETRY_SECONDS = 1.0

T = TypeVar("T")


class LeasedLoop(ABC, Generic[T]):
    """Works on up to `concurrency` at once. `run` until `stop`; `take` and `stop` may come from any thread.

    By a clock that is wrong nothing is taken up. What is left unfinished, for whatever reason, is due again when its
    lease ends.
    """

    def __init__(self, *, concurrency: int, clock: Timekeeper) -> None:
        self._concurrency = concurrency
        self._clock = clock
        self._under_way: set[asyncio.Task[None]] = set()
        self._bell = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        self._blocked = ""

    @abstractmethod
    async def claim(self, limit: int) -> Sequence[T]:
        """Lease up to `limit` that are due. Raises LedgerUnavailable."""

    @abstractmethod
    async def complete(self, item: T) -> None:
        """Work on one, to its end. Never raises."""

    def take(self, patience: float) -> bool:
        """A wake-up: look for what is due. Never waits: `patience` is for loops that may be full for long."""
        del patience
        self._ring_bell()
        return True

    def stop(self) -> None:
        """Take up nothing more; `run` returns when what is under way has ended."""
        self._stopping = True
        self._ring_bell()

    def block(self, why: str) -> None:
        """Take up nothing while `why` is not empty."""
        self._blocked = why

    async def run(self, *, grace: float = 40.0) -> None:
        """Work until `stop`; what is not done after `grace` seconds is left to its lease."""
        self._loop = asyncio.get_running_loop()
        try:
            while not self._stopping:
                await self._round()
        finally:
            await self._drain(grace)
            self._loop = None

    async def run_once(self, *, limit: int) -> int:
        """Take up to `limit` that are due once, and wait for their ends; how many there were."""
        taken = await self._claim(min(limit, self._concurrency))
        if self._under_way:
            await asyncio.wait(self._under_way)
        return taken

    async def _round(self) -> None:
        self._bell.clear()
        free, wait = self._concurrency - len(self._under_way), _POLL_SECONDS
        try:
            if free > 0 and not self._blocked and await self._claim(free) == free:
                return
        except LedgerUnavailable as error:
            log.warning("ledger.unavailable", error=str(error))
            wait = _RETRY_SECONDS
        except Exception:
            log.exception("loop.round_failed", loop=type(self).__name__)
            wait = _RETRY_SECONDS
        if not self._stopping:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._bell.wait()

    async def _claim(self, limit: int) -> int:
        if not await self._clock.right():
            return 0
        items = await self.claim(limit)
        for item in items:
            task = asyncio.create_task(self.complete(item))
            self._under_way.add(task)
            task.add_done_callback(self._ended)
        return len(items)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if self.room_came(task):
            self._bell.set()

    def room_came(self, task: asyncio.Task[None]) -> bool:
        """Whether the end of this one lets another begin that had to wait."""
        del task
        return len(self._under_way) == self._concurrency - 1

    async def _drain(self, grace: float) -> None:
        if not self._under_way:
            return
        _, left = await asyncio.wait(self._under_way, timeout=grace)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)

    def _ring_bell(self) -> None:
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just closed: there is nobody to wake
                loop.call_soon_threadsafe(self._bell.set)
