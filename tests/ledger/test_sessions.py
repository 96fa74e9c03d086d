"""Sessions hold as long as their own times say, and no longer than somebody lets them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.ledger import Ledger
from gateway.ledger.sessions import Session

NOW = datetime.now(UTC).replace(microsecond=0)
SESSION = Session(
    user="anna",
    csrf="csrf",
    credential="credential",
    started_at=NOW,
    idle_until=NOW + timedelta(hours=1),
    ends_at=NOW + timedelta(hours=8),
)
pytestmark = pytest.mark.anyio


async def test_a_session_is_found_by_its_token_only(ledger: Ledger) -> None:
    """The token opens it; nothing in Redis shows the token."""
    await ledger.sessions.start("token", SESSION, now=NOW)
    assert await ledger.sessions.find("token", now=NOW) == SESSION
    assert await ledger.sessions.find("other", now=NOW) is None
    assert not [key async for key in ledger.connection.redis.scan_iter("*token*")]


@pytest.mark.parametrize("after", [timedelta(hours=1), timedelta(hours=9)], ids=["idle", "over"])
async def test_a_session_ends_by_its_own_times(ledger: Ledger, after: timedelta) -> None:
    """Unused for too long, or too old, it opens nothing: whatever Redis still has."""
    await ledger.sessions.start("token", SESSION, now=NOW)
    assert await ledger.sessions.find("token", now=NOW + after) is None


async def test_using_a_session_keeps_it_but_never_brings_it_back(ledger: Ledger) -> None:
    """A touch moves its idle end; after the sign-out a late touch changes nothing."""
    later = replace(SESSION, idle_until=NOW + timedelta(hours=2))
    await ledger.sessions.start("token", SESSION, now=NOW)
    await ledger.sessions.touch("token", later, now=NOW)
    assert await ledger.sessions.find("token", now=NOW + timedelta(minutes=90)) == later
    await ledger.sessions.end("token")
    await ledger.sessions.touch("token", later, now=NOW)
    assert await ledger.sessions.find("token", now=NOW) is None


async def test_all_of_a_users_sessions_end_together(ledger: Ledger) -> None:
    """Signing out everywhere ends each of one's own sessions and nobody else's."""
    for token in ("one", "two"):
        await ledger.sessions.start(token, SESSION, now=NOW)
    await ledger.sessions.start("ben's", replace(SESSION, user="ben"), now=NOW)
    assert await ledger.sessions.end_all("anna") == 2
    assert await ledger.sessions.find("one", now=NOW) is None
    assert await ledger.sessions.find("two", now=NOW) is None
    assert await ledger.sessions.find("ben's", now=NOW) is not None
    assert await ledger.sessions.end_all("anna") == 0
