"""A short form of `make soak`, and what its verdict calls unbounded."""

import pytest
from faults.soak import Sample, kind_of, plan_of, soak, table, unbounded


def sample(at: float, **facts: object) -> Sample:
    """A sample of a hundred leads and few keys, but for these facts."""
    usual = {"leads": 100, "keys": {"call": 900}, "redis": 3.0, "resident": {"serve": 120.0}, "journal": 10.0}
    return Sample(at=at, **{**usual, **facts})


@pytest.mark.timeout(180)
def test_with_a_kill_every_ten_seconds_nothing_grows_without_bound() -> None:
    """What must hold: nobody rung twice, nobody lost, keys in proportion to leads, the memory of who survives flat."""
    seen: list[Sample] = []
    found = soak(12.0, seed=4, rate=4.0, every=3.0, say=seen.append)
    assert found.kept, table(found)
    assert sum(found.blows.values()) >= 1
    assert len(seen) >= 3
    assert seen[-1].leads > 20


@pytest.mark.parametrize(
    ("facts", "good"),
    [
        ({}, True),
        ({"keys": {"call": 900, "claims": 300}}, True),
        ({"keys": {"call": 900, "claims": 3000}}, False),
        ({"resident": {"serve": 155.0}}, True),
        ({"resident": {"serve": 175.0}}, False),
    ],
)
def test_what_is_unbounded(facts: dict[str, object], good: bool) -> None:
    """What must hold: more keys than the leads explain, or a process that keeps growing, is said."""
    assert (unbounded([sample(600.0), sample(700.0), sample(1200.0, **facts)], 1200.0) == ()) is good


def test_nothing_measured_is_not_bounded() -> None:
    """What must hold: a soak without a sample proves nothing."""
    assert unbounded([], 60.0)


def test_a_kind_holds_every_record_of_it() -> None:
    """What must hold: ids do not make kinds, so that a leak of one kind is seen as one."""
    assert kind_of(b"dialgate:call:cl_06h09a30gi979fc1uma9jvo9:log") == "dialgate:call:log"
    assert kind_of(b"dialgate:person:+12125550100:rings") == "dialgate:person:rings"


def test_a_kill_every_ten_seconds_spares_one_worker() -> None:
    """What must hold: the second worker lives through everything, and receiver and sweeper through the second half."""
    strikes = plan_of(1, 1200.0, 1.0).strikes
    assert len(strikes) == 119
    assert {strike.part for strike in strikes} == {"serve", "work", "sweep", "valkey"}
    assert {strike.part for strike in strikes if strike.at > 600} == {"work", "valkey"}
