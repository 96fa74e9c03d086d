"""A watch over the receiver goes on, whatever one look meets."""

import asyncio

import pytest

from gateway.errors import LedgerUnavailable
from gateway.web.looking import keep_looking

pytestmark = pytest.mark.anyio


async def test_a_look_that_fails_does_not_end_the_looking() -> None:
    """Neither Redis away nor a defect; being cancelled ends it."""
    enough = asyncio.Event()
    faults: list[Exception] = [LedgerUnavailable("away"), ValueError("a defect")]

    async def look() -> None:
        if faults:
            raise faults.pop()
        enough.set()

    looking = asyncio.create_task(keep_looking(look, every=0, what="test"))
    async with asyncio.timeout(30):
        await enough.wait()
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
