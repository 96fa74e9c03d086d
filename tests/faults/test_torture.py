"""A short storm of the kind that `make torture` raises for as long as one likes."""

import pytest
from faults.schedule import schedule
from faults.torture import table, torture
from faults.verdict import judge


@pytest.mark.timeout(240)
def test_nobody_is_rung_twice_and_nobody_lost() -> None:
    """Everything killed at random under load, the call API failing too: each lead rings once or is explained."""
    run = torture(20, 12.0)
    assert run.kept, table(run)
    assert run.verdict.rung > 0
    assert sum(run.blows.values()) >= 8, table(run)
    assert run.far_end["broken"] + run.far_end["refused"] > 0, table(run)


def test_a_seed_is_a_storm() -> None:
    """The same seed strikes the same parts at the same times; another does not."""
    assert schedule(7, 30.0) == schedule(7, 30.0)
    assert schedule(7, 30.0).strikes != schedule(8, 30.0).strikes


def test_every_kind_of_blow_falls() -> None:
    """Sixty seconds of a few seeds hold every part, and every way to strike it."""
    strikes = [strike for seed in range(6) for strike in schedule(seed, 60.0).strikes]
    assert {strike.part for strike in strikes} == {"serve", "work", "work-2", "sweep", "valkey", "network"}
    assert {"kill", "stop", "term", "reset", "accept", "claim", "grant", "finish"} <= {one.how for one in strikes}


@pytest.mark.parametrize(
    ("accepted", "rings", "states", "kept"),
    [
        ("a", {"a": 1}, {"a": "PLACED"}, True),
        ("a", {"a": 0}, {"a": "REJECTED"}, True),
        ("a", {"a": 1}, {"a": "UNKNOWN"}, True),
        ("a", {}, {"a": "UNKNOWN"}, True),
        ("a", {"a": 2}, {"a": "PLACED"}, False),
        ("a", {"a": 2}, {"a": "UNKNOWN"}, False),
        ("a", {}, {}, False),
        ("a", {}, {"a": "PLACED"}, False),
        ("a", {"a": 1}, {"a": "REJECTED"}, False),
        ("a", {"a": 1}, {"a": "SKIPPED"}, False),
        ("a", {}, {"a": "READY"}, False),
        ("", {"a": 1}, {"a": "PLACED"}, True),
    ],
)
def test_the_verdict(accepted: str, rings: dict[str, int], states: dict[str, str], kept: bool) -> None:
    """A second ring, a lost lead, one still waiting, or a record that contradicts the far end: each is a violation."""
    assert judge(accepted, rings, states).kept is kept


def test_a_broken_promise_of_the_ledger_is_a_violation() -> None:
    """Also when the rings are right."""
    assert not judge("a", {"a": 1}, {"a": "PLACED"}, broken=("one ring per call",)).kept
