"""One look at the ledger for all who watch: clients wait here, and only this process's one loop reads."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress

import structlog
from starlette.types import Scope

from gateway.errors import LedgerUnavailable
from gateway.ledger.pulse import Pulse

EVERY_SECONDS = 0.3
QUIET_SECONDS = 15.0
MOST = 100

log = structlog.stdlib.get_logger("dialgate.console")


class TooMany(Exception):
    """As many watch as may: this one must look by itself."""


class Tail:
    """Fingerprints by topic, read while anybody watches. One for each application; only its event loop may use it."""

    def __init__(self, *, every: float = EVERY_SECONDS, most: int = MOST) -> None:
        self._every = every
        self._most = most
        self._watchers = 0
        self._now: Mapping[str, str] = {}
        self._moved = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._closed = False

    async def watch(self, pulse: Pulse, *, quiet: float = QUIET_SECONDS) -> AsyncGenerator[Mapping[str, str], None]:
        """What changed since the last answer; empty after `quiet` seconds without a change. Raises TooMany."""
        if self._watchers >= self._most:
            raise TooMany
        self._watchers += 1
        try:
            if self._loop is None or self._loop.done():
                self._loop = asyncio.create_task(self._look(pulse))
            known: Mapping[str, str] = {}
            while not self._closed:
                moved, seen = self._moved, self._now
                changed = {topic: mark for topic, mark in seen.items() if known.get(topic) != mark}
                if changed:
                    known = seen
                    yield changed
                    continue
                with suppress(TimeoutError):
                    await asyncio.wait_for(moved.wait(), quiet)
                    continue
                yield {}
        finally:
            self._watchers -= 1

    @property
    def full(self) -> bool:
        """Whether no further client may watch."""
        return self._watchers >= self._most

    def close(self) -> None:
        """Nobody may watch any more: the server stops."""
        self._closed = True
        self._moved.set()

    async def _look(self, pulse: Pulse) -> None:
        while self._watchers and not self._closed:
            try:
                found = await pulse.beat()
            except LedgerUnavailable:
                log.warning("console.tail_waits", detail="the ledger cannot be reached")
            else:
                if found != self._now:
                    self._now = found
                    self._moved.set()
                    self._moved = asyncio.Event()
            await asyncio.sleep(self._every)
        self._now = {}


def tail_of(scope: Scope) -> Tail:
    """The application's tail."""
    tail: Tail = scope["app"].state.tail
    return tail
