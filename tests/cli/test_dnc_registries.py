"""dnc status and dnc scrubbed, on a running `up` that must keep two registries young."""

from collections.abc import Iterator

import pytest
from upstairs import SHIPPED, Dialgate, Up, started_up

LISTS = "do_not_call: {lists: {national: {max_age: 3650d}, state: {max_age: 3650d}}}\n"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A running `dialgate up` with two registries that were never imported."""
    folder = tmp_path_factory.mktemp("up")
    (folder / "registries.yaml").write_text(SHIPPED.read_text() + LISTS)
    with started_up(folder, config=folder / "registries.yaml") as running:
        yield running


def registries(at_up: Dialgate) -> tuple[int, dict[str, tuple[str, str]]]:
    """The exit code of `dnc status`, and by registry its state and as of when it is."""
    answer = at_up("dnc", "status", "--json")
    return answer.code, {one["name"]: (one["state"], one["scrubbedAt"]) for one in answer.json["registries"]}


def test_a_registry_counts_as_young_once_somebody_says_so(at_up: Dialgate) -> None:
    """What must hold: exit 1 while any is overdue; a mark is told with its time and never goes back."""
    assert at_up("dnc", "status").code == 1
    code, before = registries(at_up)
    assert (code, {state for state, _ in before.values()}) == (1, {"overdue"})

    told = at_up("dnc", "scrubbed", "national", "--at", "2026-11-20T06:00:00Z")
    assert (told.code, told.out.strip()) == (0, "national is scrubbed as of 2026-11-20 06:00:00 UTC")
    assert at_up("dnc", "scrubbed", "national", "--at", "2026-11-19").out.strip() == "it is younger already"
    code, after = registries(at_up)
    assert (code, after["national"][1][:16], after["state"]) == (1, "2026-11-20T06:00", before["state"])

    assert at_up("dnc", "scrubbed", "state").code == 0
    shown = at_up("dnc", "status")
    assert (shown.code, "asked before a dial: nobody else" in shown.out, "overdue" in shown.out) == (0, True, False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["scrubbed", "nowhere"], "registry: none of this name is configured"),
        (["scrubbed", "national", "--at", "noon"], "is not a date and time"),
        (["scrubbed", "national", "--at", "2199-01-01"], "at: this is in the future"),
    ],
)
def test_a_mark_that_cannot_be_is_refused(at_up: Dialgate, words: list[str], said: str) -> None:
    """What must hold: an unknown registry, no time, a time to come: one clear line, and nothing is marked."""
    before = registries(at_up)
    answer = at_up("dnc", *words)
    assert (answer.code, said in answer.err) == (2, True), answer
    assert registries(at_up) == before
