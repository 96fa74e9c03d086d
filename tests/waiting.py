"""Waiting for a condition with a deadline, instead of sleeping for luck."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
_STEP_SECONDS = 0.01
_MOST_SECONDS = 0.2


def eventually(condition: Callable[[], T], *, seconds: float = 60.0, message: str = "") -> T:
    """The first truthy value of `condition`; AssertionError when the deadline passes first.

    What takes long is asked for less often: looking takes from the processes that are waited for.
    """
    begun = time.monotonic()
    while True:
        value = condition()
        if value:
            return value
        waited = time.monotonic() - begun
        if waited > seconds:
            raise AssertionError(f"did not happen within {seconds} s: {message or condition} (last: {value!r})")
        time.sleep(min(_MOST_SECONDS, max(_STEP_SECONDS, waited / 10)))


async def soon(condition: Callable[[], Awaitable[T]], *, seconds: float = 60.0, message: str = "") -> T:
    """The same for an async condition."""
    deadline = time.monotonic() + seconds
    while True:
        value = await condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen within {seconds} s: {message or condition} (last: {value!r})")
        await asyncio.sleep(_STEP_SECONDS)


async def told_to_wait(seconds: float) -> None:
    """Do what `Retry-After` said, as a sender does before it comes again."""
    await asyncio.sleep(seconds)
