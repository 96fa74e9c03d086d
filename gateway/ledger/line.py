"""Commands that wait together go to Redis together: any number of callers share a few connections.

A connection for each caller would be taken from a pool, and a thousand calls that ring at once would wait there until
they give up. Here a command joins the next write, and what one turn of the loop brings is one write.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import Any, cast

from gateway.ledger.exchanges import Words
from gateway.model import record

LINES = 4  # writes under way at once: one that waits for its answers holds up nobody else
_MOST_AT_ONCE = 64  # of one write: what comes after it waits no longer than these take

Exchange = Callable[[Sequence[Words]], Awaitable[Sequence[Any]]]


@record
class _Sent:
    words: Words
    answer: "asyncio.Future[Any]"


class SharedLine:
    """`send` from any task of one event loop; `exchange` gets the answers of one write, an error as one of them.

    A write whose answers were lost is sent again as a whole: only what may run twice goes this way.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._waiting: deque[_Sent] = deque()
        self._writers: set[asyncio.Task[None]] = set()

    async def send(self, *words: str | int | bytes) -> Any:
        """The answer of one command. Raises what redis-py raises; cancelled before it was sent, it is not sent."""
        sent = _Sent(words=words, answer=asyncio.get_running_loop().create_future())
        self._waiting.append(sent)
        if len(self._writers) < LINES:
            writer = asyncio.create_task(self._write_all())
            self._writers.add(writer)
            writer.add_done_callback(self._writers.discard)
        return await sent.answer

    async def close(self) -> None:
        """Give up on whatever nobody may wait for any more."""
        writers = tuple(self._writers)
        for writer in writers:
            writer.cancel()
        if writers:
            await asyncio.wait(writers)
        while self._waiting:
            self._waiting.popleft().answer.cancel()

    async def _write_all(self) -> None:
        await self._write()
        # Before this turn of the loop ends: who comes next must not rely on a writer that looks at nothing any more.
        self._writers.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _write(self) -> None:
        while self._waiting:
            batch = [sent for sent in self._next() if not sent.answer.done()]
            try:
                answers = await self._exchange([sent.words for sent in batch]) if batch else []
            except asyncio.CancelledError:
                for sent in batch:
                    sent.answer.cancel()
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, it is for those who wait
                answers = [error] * len(batch)
            for sent, answer in zip(batch, answers, strict=True):
                _give(sent.answer, answer)

    def _next(self) -> Sequence[_Sent]:
        batch = tuple(islice(self._waiting, _MOST_AT_ONCE))
        for _ in batch:
            self._waiting.popleft()
        return batch


def _give(waits: "asyncio.Future[Any]", answer: Any) -> None:
    if waits.done():
        return
    if isinstance(answer, Exception):
        waits.set_exception(answer)
    else:
        waits.set_result(answer)
