"""Checks that only look before a call is dialled, one module each, found by name."""

import importlib
import pkgutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from types import ModuleType

from gateway.contracts import CallFacts, Guard
from gateway.model import Verdict


def load_guards() -> Sequence[Guard]:
    """Every guard, in its order. Raises TypeError for a module without its GUARD constant."""
    found = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return collect(importlib.import_module(f"{__name__}.{name}") for name in found)


def collect(modules: Iterable[ModuleType]) -> Sequence[Guard]:
    """The guards of these modules, by order, then name. Raises TypeError as `load_guards` does."""
    guards = []
    for module in modules:
        guard = getattr(module, "GUARD", None)
        if not isinstance(guard, Guard):
            raise TypeError(f"{module.__name__} has no GUARD constant")
        if guard.name != module.__name__.rpartition(".")[2]:
            raise TypeError(f"{module.__name__} calls its guard {guard.name!r}; the names must agree")
        guards.append(guard)
    return tuple(sorted(guards, key=lambda guard: (guard.order, guard.name)))


def look(guards: Sequence[Guard], facts: CallFacts, now: datetime) -> tuple[Verdict, ...]:
    """Ask each guard in turn; stops after the first that does not allow, which is then the last verdict.

    What a guard would hold for a person, and a person has released, passes: and says that it was released.
    """
    verdicts = []
    for guard in guards:
        verdict = guard.look(facts, now)
        if verdict.hold and verdict.reason in facts.released:
            verdict = replace(verdict, allow=True, hold=False, facts={**verdict.facts, "released": "by a person"})
        verdicts.append(verdict)
        if not verdict.allow:
            break
    return tuple(verdicts)
