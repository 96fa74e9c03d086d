"""A registry that has grown too old lets nobody ring, and one that cannot be looked at neither."""

from datetime import UTC, datetime, timedelta

import pytest
from guards.guarded import facts

from gateway.contracts import Scrub
from gateway.guards.scrub import GUARD
from gateway.reasons import Reason

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)


def scrub(name: str, days: float | None) -> Scrub:
    """A registry that may be 31 days old, scrubbed so many days ago."""
    at = None if days is None else NOW - timedelta(days=days)
    return Scrub(list=name, at=at, good_until=None if at is None else at + timedelta(days=31))


@pytest.mark.parametrize(("days", "allowed"), [(0, True), (30.999, True), (31, False), (40, False), (None, False)])
def test_the_age_decides(days: float | None, allowed: bool) -> None:
    """To the instant: at 31 days it is too old, and so is one that was never scrubbed."""
    verdict = GUARD.look(facts(scrubs=(scrub("national", days),)), NOW)
    assert verdict.allow is allowed
    if not allowed:
        assert (verdict.reason, verdict.until) == (Reason.SCRUB_OVERDUE, NOW + timedelta(minutes=5))
        assert verdict.facts["overdue"] == "national"


def test_the_oldest_of_several_counts() -> None:
    """The allow ends with the first that grows too old."""
    verdict = GUARD.look(facts(scrubs=(scrub("national", 1), scrub("texas", 30))), NOW)
    assert (verdict.allow, verdict.valid_until) == (True, NOW + timedelta(days=1))


def test_none_required_and_none_read() -> None:
    """Nothing to look at allows; not having been able to look does not."""
    assert GUARD.look(facts(scrubs=()), NOW).allow
    unread = GUARD.look(facts(scrubs=None), NOW)
    assert (unread.allow, unread.reason) == (False, Reason.DO_NOT_CALL_UNREAD)
    assert unread.until is not None
