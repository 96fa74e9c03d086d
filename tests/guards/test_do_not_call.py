"""Nobody on the list is rung, and nobody at all while the list cannot be read."""

from datetime import UTC, datetime, timedelta

from guards.guarded import FACTS, facts

from gateway.contracts import CallFacts
from gateway.guards.do_not_call import GUARD
from gateway.reasons import Reason

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def test_who_is_not_listed_is_allowed() -> None:
    """The list was read and holds none of what the call is known by."""
    assert GUARD.look(facts(listed=()), NOW).allow


def test_who_is_listed_is_never_rung() -> None:
    """Blocked for good: neither deferred nor for a person to release."""
    verdict = GUARD.look(facts(listed=("email", "phone")), NOW)
    assert (verdict.allow, verdict.reason, verdict.until, verdict.hold) == (False, Reason.DO_NOT_CALL, None, False)
    assert verdict.facts == {"by": "email, phone"}


def test_an_unread_list_rings_nobody() -> None:
    """It does not know, so it does not allow: it is asked again in a minute."""
    verdict = GUARD.look(facts(listed=None), NOW)
    assert (verdict.allow, verdict.reason) == (False, Reason.DO_NOT_CALL_UNREAD)
    assert verdict.until == NOW + timedelta(minutes=1)


def test_facts_without_the_list_ring_nobody() -> None:
    """Whoever forgets to read the list gets a no."""
    defaults = {name: getattr(FACTS, name) for name in FACTS.__dataclass_fields__ if name != "listed"}
    assert not GUARD.look(CallFacts(**defaults), NOW).allow
