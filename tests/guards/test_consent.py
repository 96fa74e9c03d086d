"""Nobody rings without the consent their rule requires, nor on one too old."""

from datetime import UTC, datetime, timedelta

import pytest
from guards.guarded import facts

from gateway.guards.consent import GUARD
from gateway.model import Consent
from gateway.policy import ConsentTerms, Policy
from gateway.reasons import Reason

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)
REQUIRED = Policy(consent=ConsentTerms(required=True))
AGEING = Policy(consent=ConsentTerms(required=True, max_age=90 * DAY))


def given(at: datetime | None = NOW, basis: str | None = "ticked the box") -> Consent:
    """A consent as a payload tells of it."""
    return Consent(basis=basis, at=at, source="https://example.com/demo")


@pytest.mark.parametrize("consent", [None, Consent(), given()])
def test_none_is_required_unless_it_is(consent: Consent | None) -> None:
    """The default asks for none, and says so."""
    verdict = GUARD.look(facts(consent=consent), NOW)
    assert (verdict.allow, verdict.facts) == (True, {"consent": "not required"})


@pytest.mark.parametrize("consent", [None, Consent(), given(basis=None)])
@pytest.mark.parametrize("policy", [REQUIRED, AGEING])
def test_without_a_basis_it_never_rings(consent: Consent | None, policy: Policy) -> None:
    """Blocked for good: nobody can give consent to a call that waits."""
    verdict = GUARD.look(facts(consent=consent, policy=policy), NOW)
    assert (verdict.allow, verdict.reason, verdict.until, verdict.hold) == (False, Reason.CONSENT_MISSING, None, False)


def test_the_evidence_is_in_the_verdict() -> None:
    """Basis, time and source, whatever the answer."""
    verdict = GUARD.look(facts(consent=given(), policy=REQUIRED), NOW)
    assert (verdict.allow, verdict.valid_until) == (True, None)
    assert verdict.facts == {"basis": "ticked the box", "at": NOW.isoformat(), "source": "https://example.com/demo"}


def test_a_young_consent_allows_until_it_is_old() -> None:
    """The allow ends with it."""
    verdict = GUARD.look(facts(consent=given(NOW - 89 * DAY), policy=AGEING), NOW)
    assert (verdict.allow, verdict.valid_until) == (True, NOW + DAY)


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (NOW - 90 * DAY, Reason.CONSENT_TOO_OLD),
        (NOW - 400 * DAY, Reason.CONSENT_TOO_OLD),
        (None, Reason.CONSENT_MISSING),
        (NOW + 2 * DAY, Reason.CONSENT_MISSING),
    ],
)
def test_a_consent_of_the_wrong_age_does_not_count(at: datetime | None, reason: Reason) -> None:
    """Too old, of unknown time, or from the future."""
    verdict = GUARD.look(facts(consent=given(at), policy=AGEING), NOW)
    assert (verdict.allow, verdict.reason, verdict.until) == (False, reason, None)


def test_a_little_ahead_is_a_clock_or_a_zone() -> None:
    """A time written without its zone may seem to lie some hours ahead."""
    assert GUARD.look(facts(consent=given(NOW + DAY / 2), policy=AGEING), NOW).allow
