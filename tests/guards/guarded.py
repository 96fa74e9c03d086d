"""A call as guards see it, with what a test cares about changed."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from gateway.contracts import CallFacts
from gateway.model import Priority
from gateway.policy import Policy

FACTS = CallFacts(
    call_id="ca_1",
    source="demo",
    rule="demo request",
    number="east",
    account="main",
    phone="+14155550132",
    contact_id=None,
    priority=Priority.NORMAL,
    accepted_at=datetime(2026, 11, 23, 14, 0, tzinfo=UTC),
    expires_at=datetime(2026, 11, 24, 14, 0, tzinfo=UTC),
    regions=None,
    zones=(),
    policy=Policy(),
    listed=(),
    scrubs=(),
)


def facts(**changes: Any) -> CallFacts:
    """The facts of an ordinary call, with changes."""
    return replace(FACTS, **changes)
