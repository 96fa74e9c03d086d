"""Sliding-window limits shared by every process."""

import asyncio
from datetime import timedelta

import pytest
from ledger.scenes import NOW, at

from gateway.ledger import Ledger
from gateway.ledger.limits import Limits

MINUTE = timedelta(minutes=1)


@pytest.mark.anyio
async def test_window(ledger: Ledger) -> None:
    """The window holds its limit; the answer says when the oldest leaves; refusals take no place."""
    answers = [await ledger.limits.take("a", limit=2, window=MINUTE, now=at(second)) for second in (0, 20, 30, 59)]
    assert answers == [None, None, timedelta(seconds=30), timedelta(seconds=1)]
    assert await ledger.limits.take("a", limit=2, window=MINUTE, now=at(60)) is None
    assert await ledger.limits.take("b", limit=2, window=MINUTE, now=at(59)) is None


@pytest.mark.anyio
async def test_many_at_once(ledger: Ledger) -> None:
    """Requests that race take exactly the places there are."""
    waits = await asyncio.gather(*(ledger.limits.take("a", limit=5, window=MINUTE, now=NOW) for _ in range(30)))
    assert waits.count(None) == 5


@pytest.mark.anyio
async def test_a_repeat_takes_no_second_place(ledger: Ledger) -> None:
    """The same request sent again, its answer lost, has its place already."""
    limits = Limits(ledger.connection, nonce=lambda: "n1")
    for _ in range(3):
        assert await limits.take("a", limit=1, window=MINUTE, now=NOW) is None
    assert await ledger.limits.take("a", limit=1, window=MINUTE, now=NOW) == MINUTE


@pytest.mark.anyio
async def test_no_address_in_a_key(ledger: Ledger) -> None:
    """An address is not readable from the key names."""
    await ledger.limits.take("192.0.2.7", limit=1, window=MINUTE, now=NOW)
    assert not [key async for key in ledger.connection.redis.scan_iter("*192.0.2.7*")]
