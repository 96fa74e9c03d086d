"""The page of proofs says what was recorded, and what was recorded kept the promises."""

import pytest
from faults.page import PAGE, page, summary
from faults.proofs import proofs
from faults.recorded import RESULTS, read


def test_the_page_is_what_the_results_say() -> None:
    """What must hold: nobody edits docs/proofs.md by hand. `make proofs ARGS=--page` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_a_recorded_proof_held_and_is_one_that_can_be_repeated(path) -> None:
    """What must hold: no result of a proof that failed, or that no command makes any more, is shown as one."""
    found = read(path.stem)
    assert found is not None
    assert found["kept"]
    assert path.stem in {proof.name for proof in proofs()}


def test_every_proof_is_in_the_table() -> None:
    """What must hold: a kind of proof without a line would be forgotten."""
    assert len(summary().splitlines()) == 2 + len({proof.name.partition("-")[0] for proof in proofs()})
