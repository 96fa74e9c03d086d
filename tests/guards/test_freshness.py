"""A lead older than its limit does not ring."""

from datetime import UTC, datetime, timedelta

import pytest
from guards.guarded import facts

from gateway.guards.freshness import GUARD
from gateway.reasons import Reason

LIMIT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_a_fresh_lead_is_allowed_until_its_limit() -> None:
    """The allow may not be relied on from the limit on."""
    verdict = GUARD.look(facts(expires_at=LIMIT), LIMIT - SECOND)
    assert (verdict.allow, verdict.reason, verdict.valid_until) == (True, None, LIMIT)


@pytest.mark.parametrize("late", [timedelta(0), SECOND, timedelta(days=300)])
def test_from_its_limit_on_a_lead_never_rings(late: timedelta) -> None:
    """Blocked for good, with its reason: neither deferred nor held."""
    verdict = GUARD.look(facts(expires_at=LIMIT), LIMIT + late)
    assert (verdict.allow, verdict.reason, verdict.until, verdict.hold) == (False, Reason.EXPIRED, None, False)
    assert verdict.facts == {"expires_at": LIMIT.isoformat()}
