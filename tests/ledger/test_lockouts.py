"""Wrong passwords: who guesses waits, longer each time, and nobody else does."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from gateway.ledger import Ledger
from gateway.ledger.lockouts import Lockouts, Tries

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HERE, THERE = "192.0.2.1", "192.0.2.2"
pytestmark = pytest.mark.anyio


@pytest.fixture
def lockouts(ledger: Ledger) -> Lockouts:
    """Small limits."""
    return Lockouts(ledger.connection, tries=Tries(of_both=3, of_address=6, of_user=9))


async def guess(
    lockouts: Lockouts, times: int, user: str = "anna", address: str = HERE, at: datetime = NOW
) -> list[float]:
    """The seconds to wait that each of several wrong tries was told."""
    waits = []
    for number in range(times):
        wait = await lockouts.count(user, address, nonce=f"{user}{address}{at}{number}", now=at)
        waits.append(wait.total_seconds() if wait else 0.0)
    return waits


async def test_after_too_many_one_waits_longer_each_time(lockouts: Lockouts) -> None:
    """Three go through; then 30 seconds, then 60, and so on to a quarter of an hour at most."""
    assert await guess(lockouts, 4) == [0, 0, 0, 30]
    at, before = NOW, 30
    for expected in (60, 120, 240, 480, 900, 900):
        at += timedelta(seconds=before)
        assert await guess(lockouts, 2, at=at) == [0, expected]
        before = expected


async def test_others_are_not_locked_out(lockouts: Lockouts) -> None:
    """Another address of the same person, and another person at the same address, go on."""
    await guess(lockouts, 4)
    assert await guess(lockouts, 1, address=THERE) == [0]
    assert await guess(lockouts, 1, user="ben") == [0]


async def test_an_address_that_tries_many_names_waits(lockouts: Lockouts) -> None:
    """Guessing one password for many names is guessing, too."""
    for number in range(6):
        assert await guess(lockouts, 1, user=f"user{number}") == [0]
    assert await guess(lockouts, 1, user="another") == [30]


async def test_a_name_tried_from_many_addresses_waits(lockouts: Lockouts) -> None:
    """So is guessing one name's password from many places."""
    for number in range(9):
        assert await guess(lockouts, 1, address=f"192.0.2.{number}") == [0]
    assert await guess(lockouts, 1, address="198.51.100.1") == [30]


async def test_many_at_once_gain_nothing(lockouts: Lockouts) -> None:
    """A try counts before its password is looked at: of twenty at once three are looked at."""
    tries = (lockouts.count("anna", HERE, nonce=str(number), now=NOW) for number in range(20))
    assert sum(wait is None for wait in await asyncio.gather(*tries)) == 3


async def test_the_same_try_sent_again_counts_once(lockouts: Lockouts) -> None:
    """redis-py sends a command again when its answer is lost."""
    for _ in range(10):
        assert await lockouts.count("anna", HERE, nonce="once", now=NOW) is None
    assert await guess(lockouts, 3) == [0, 0, 30]


async def test_the_right_password_forgets_what_was_wrong(lockouts: Lockouts) -> None:
    """Who remembers at last starts afresh; the address keeps only what others got wrong."""
    for round_number in range(5):
        at = NOW + timedelta(seconds=round_number)
        assert await lockouts.count("anna", HERE, nonce=f"right{round_number}", now=at) is None
        await lockouts.forget("anna", HERE, nonce=f"right{round_number}", now=at)
    assert await guess(lockouts, 4, at=NOW + timedelta(seconds=9)) == [0, 0, 0, 30]


async def test_after_half_an_hour_all_is_forgotten(lockouts: Lockouts, ledger: Ledger) -> None:
    """And no key stays for ever."""
    await guess(lockouts, 4)
    assert await guess(lockouts, 4, at=NOW + timedelta(minutes=31)) == [0, 0, 0, 30]
    keys = [key async for key in ledger.connection.redis.scan_iter("*tries*")]
    assert len(keys) == 3
    assert all([await ledger.connection.redis.pttl(key) > 0 for key in keys])
