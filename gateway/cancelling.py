"""Ending a task for good, where one `cancel()` may go unheard."""

import asyncio
from typing import Any

_HEARD_WITHIN_SECONDS = 0.1


async def cancel(task: "asyncio.Task[Any]") -> None:
    """Returns when the task has ended, whatever became of it.

    It is told again and again: before Python 3.12 `asyncio.wait_for` loses a cancellation that comes in the turn
    in which what it waits for is done (python/cpython#86296), and redis-py sends every command through it. Only
    for tasks that may be cut off at any place.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_HEARD_WITHIN_SECONDS)
