"""Deliveries that arrive together are stored together: one script run, one round trip and one fsync for all of them.

Whoever arrives while a write is under way waits for a place in the next one; whoever arrives alone is written at once.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from gateway.errors import GatewayError, LedgerUnavailable
from gateway.model import record

_WRITES = 2  # under way at once: one is made ready while Redis works on the other
_EVENTS = 16  # of one write: some 3 ms of Redis, in which nobody's grant is answered
_BYTES = 1024 * 1024


@record
class Written:
    """One delivery ready to be sent: its JSON, its body and payloads, and how many events it holds."""

    fields: bytes
    blobs: tuple[bytes, ...]
    events: int
    now_ms: int

    @property
    def size(self) -> int:
        """Bytes to be sent."""
        return len(self.fields) + sum(map(len, self.blobs))


@record
class _Waiting:
    delivery: Written
    answer: "asyncio.Future[Any]"


Write = Callable[[Sequence[Written]], Awaitable[Sequence[Any]]]


class Groups:
    """`store` from any task of one event loop. `write` stores several deliveries, all or none, an answer for each.

    A write that could not be made fails for everybody in it, who then know as little as after a write of their own.
    A fault in one delivery is its own: after a write that broke, each is tried alone.
    """

    def __init__(self, write: Write) -> None:
        self._write = write
        self._waiting: deque[_Waiting] = deque()
        self._writers: set[asyncio.Task[None]] = set()

    async def store(self, delivery: Written) -> Any:
        """The delivery's own answer. Raises what the write raised; cancelled before it was sent, it is not sent."""
        waiting = _Waiting(delivery=delivery, answer=asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if len(self._writers) < _WRITES:
            writer = asyncio.create_task(self._write_all(), name="group of deliveries")
            self._writers.add(writer)
            writer.add_done_callback(self._writers.discard)
        return await waiting.answer

    async def _write_all(self) -> None:
        while group := self._next_group():
            try:
                answers: Sequence[Any] = await self._answers(group)
            except BaseException as error:  # whatever ends this task must not leave anybody waiting
                for waiting in (*group, *self._waiting):
                    _give(waiting.answer, LedgerUnavailable(f"the write was given up: {type(error).__name__}"))
                raise
            for waiting, answer in zip(group, answers, strict=True):
                _give(waiting.answer, answer)
        # Before this turn of the loop ends: who comes next must not rely on a writer that looks at nothing any more.
        self._writers.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    def _next_group(self) -> list[_Waiting]:
        """Those who wait longest and still do, as many as one write may hold; one that is larger goes alone."""
        group: list[_Waiting] = []
        events = size = 0
        while self._waiting:
            first = self._waiting[0]
            if not first.answer.done():
                events, size = events + first.delivery.events, size + first.delivery.size
                if group and (events > _EVENTS or size > _BYTES):
                    break
                group.append(first)
            self._waiting.popleft()
        return group

    async def _answers(self, group: Sequence[_Waiting]) -> Sequence[Any]:
        try:
            return await self._write([waiting.delivery for waiting in group])
        except GatewayError as error:
            return [error] * len(group)
        except Exception as error:  # noqa: BLE001 - a fault is for whoever brought it, and for nobody else
            if len(group) == 1:
                return [error]
        return [answer for waiting in group for answer in await self._answers([waiting])]


def _give(waits: "asyncio.Future[Any]", answer: Any) -> None:
    if waits.done():
        return
    if isinstance(answer, Exception):
        waits.set_exception(answer)
    else:
        waits.set_result(answer)
