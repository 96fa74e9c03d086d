"""Checks that only look before a call is dialled, one module each, found by name."""

from collections.abc import Sequence
from datetime import datetime

from gateway.contracts import CallFacts, Guard
from gateway.model import Verdict


def load_guards() -> Sequence[Guard]:
    """Every guard, in its order. Raises TypeError for a module without its GUARD constant."""
    raise NotImplementedError


def look(guards: Sequence[Guard], facts: CallFacts, now: datetime) -> tuple[Verdict, ...]:
    """Ask each guard in turn; stops after the first that does not allow, which is then the last verdict."""
    raise NotImplementedError
