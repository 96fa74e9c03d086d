"""The most telling cells of the fault matrix; all of them run by `make faults`."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from faults.cases import TELLING, Case, matrix
from faults.matrix import Trial, check_ledger
from faults.rig import Rig, rig

CASES = {case.name: case for case in matrix()}
EXPOSED = ("kill", "term", "raise", "stop", "valkey")


@pytest.fixture(scope="module")
def running() -> Iterator[Rig]:
    """Dialgate as separate processes, one for all cases: each leaves it as it found it."""
    with rig() as started:
        for part in ("serve", "work", "sweep"):
            started.parts.start(part)
        yield started


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", TELLING)
def test_it_ends_as_it_must(running: Rig, name: str) -> None:
    """A fault at this step leaves at most one ring, a state that says what is known, and a ledger that adds up."""
    number, accepted = TELLING.index(name), len(running.calls())
    with ThreadPoolExecutor(1) as senders:
        trial = Trial(running, CASES[name], number, senders)
        try:
            trial.run()
        finally:
            trial.tidy()
    check_ledger(running, accepted + 1)


def test_every_cell_has_its_own_name() -> None:
    """A case can be asked for by its name, and none hides another."""
    assert len(CASES) == len(list(matrix()))


def test_no_cell_allows_a_second_ring_or_a_lost_call() -> None:
    """Whatever strikes: at most one ring, and the call is PLACED or honestly UNKNOWN."""
    ends = [case.end for case in matrix()]
    assert {rings for end in ends for rings in end.rings} == {0, 1}
    assert {state for end in ends for state in end.states} == {"PLACED", "UNKNOWN"}


@pytest.mark.parametrize("what", EXPOSED)
def test_every_step_meets_every_fault(what: str) -> None:
    """No step is left out of a column by accident."""
    places = {case.place for case in matrix() if case.what == what}
    assert len(places) >= 25
    assert isinstance(next(case for case in matrix() if case.what == what), Case)
