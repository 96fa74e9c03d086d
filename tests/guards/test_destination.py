"""Numbers that must never ring are looked at again as the call is dialled."""

from datetime import UTC, datetime

import pytest
from guards.guarded import facts

from gateway.guards.destination import GUARD
from gateway.reasons import Reason

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("phone", "regions"),
    [
        ("+14155550132", None),
        ("+14155550132", frozenset({"US", "CA"})),
        (None, None),
        (None, frozenset({"US"})),
    ],
)
def test_an_ordinary_number_in_its_regions_is_allowed(phone: str | None, regions: frozenset[str] | None) -> None:
    """A contact known by id only shows no number: there is nothing to look at."""
    verdict = GUARD.look(facts(phone=phone, regions=regions), NOW)
    assert (verdict.allow, verdict.reason) == (True, None)


@pytest.mark.parametrize(
    ("phone", "regions", "reason"),
    [
        ("+19005551234", None, Reason.PHONE_PREMIUM),
        ("+448451234567", None, Reason.PHONE_PREMIUM),
        ("+870773111632", None, Reason.PHONE_SATELLITE),
        ("+1911", None, Reason.PHONE_EMERGENCY),
        ("+112345", None, Reason.PHONE_SHORT),
        ("not a number", None, Reason.PHONE_INVALID),
        ("+442079460000", frozenset({"US", "CA"}), Reason.REGION_NOT_ALLOWED),
        ("+14155550132", frozenset[str](), Reason.REGION_NOT_ALLOWED),
    ],
)
def test_a_number_that_must_not_ring_is_blocked(phone: str, regions: frozenset[str] | None, reason: Reason) -> None:
    """For good, with its reason, and without the number in what is told."""
    verdict = GUARD.look(facts(phone=phone, regions=regions), NOW)
    assert (verdict.allow, verdict.reason, verdict.until, verdict.hold) == (False, reason, None, False)
    assert phone not in str(verdict.facts)
