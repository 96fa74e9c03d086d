"""Guards are found by their file's name, and asked in their order until one does not allow."""

from datetime import UTC, datetime
from types import ModuleType

import pytest
from guards.guarded import facts

from gateway.contracts import CallFacts, Guard
from gateway.guards import collect, load_guards, look
from gateway.model import Verdict
from gateway.reasons import Reason

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def module(name: str, guard: object = None) -> ModuleType:
    """A module as the guards' folder might hold it."""
    made = ModuleType(f"gateway.guards.{name}")
    if guard is not None:
        made.__dict__["GUARD"] = guard
    return made


def saying(name: str, verdict: Verdict, order: int = 100) -> Guard:
    """A guard that always says the same."""

    def answer(_facts: CallFacts, _now: datetime) -> Verdict:
        return verdict

    return Guard(name=name, look=answer, order=order)


def test_every_guard_is_found_in_its_order() -> None:
    """The cheap certainties first: age, then who must not be called, then number."""
    assert [guard.name for guard in load_guards()][:3] == ["freshness", "do_not_call", "destination"]


def test_a_module_without_its_constant_stops_start_up() -> None:
    """A guard that is not found would be a guard that does not look."""
    with pytest.raises(TypeError, match="has no GUARD constant"):
        collect([module("empty")])
    with pytest.raises(TypeError, match="has no GUARD constant"):
        collect([module("wrong", guard="a text")])


def test_a_guard_bears_its_files_name() -> None:
    """The name is the metric's label and the document's name: one name only."""
    allow = Verdict(guard="a", allow=True)
    with pytest.raises(TypeError, match="names must agree"):
        collect([module("other", saying("a", allow))])


def test_guards_with_the_same_order_are_sorted_by_name() -> None:
    """The order is the same on every machine."""
    allow = Verdict(guard="x", allow=True)
    modules = [module(name, saying(name, allow, order)) for name, order in (("b", 5), ("a", 5), ("c", 1))]
    assert [guard.name for guard in collect(modules)] == ["c", "a", "b"]


def test_looking_stops_at_the_first_that_does_not_allow() -> None:
    """The last verdict is the deciding one; later guards are not asked."""
    allow = Verdict(guard="a", allow=True)
    block = Verdict(guard="b", allow=False, reason=Reason.EXPIRED)
    guards = [saying("a", allow), saying("b", block), saying("c", allow)]
    assert look(guards, facts(), NOW) == (allow, block)


def test_all_that_allow_are_told() -> None:
    """Every verdict goes to the call's timeline."""
    allow = Verdict(guard="a", allow=True)
    assert look([saying("a", allow), saying("b", allow)], facts(), NOW) == (allow, allow)
