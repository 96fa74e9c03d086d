"""Problems are told once, in file order, with a hint where a name is nearly right."""

import pytest

from gateway.errors import Problem
from gateway.rules.documents import Mark
from gateway.rules.problems import ProblemList, did_you_mean


def mark(file: str, line: int, column: int = 1) -> Mark:
    """A place."""
    return Mark(file=file, line=line, column=column)


def test_problems_come_in_file_order_and_once() -> None:
    """By file, line and column, whatever order they were found in."""
    problems = ProblemList("folder")
    assert not problems
    for place in (mark("b", 1), mark("a", 10), mark("a", 2, 7), mark("a", 2, 3), mark("a", 2, 3), None):
        problems.on(place, "x")
    assert problems
    assert [str(problem) for problem in problems.sorted()] == [
        "a:2:3: x",
        "a:2:7: x",
        "a:10:1: x",
        "b:1:1: x",
        "folder: x",
    ]


def test_a_problem_is_placed_at_the_nearest_thing_there_is() -> None:
    """A missing key stands where its map stands; a key's problem at the key."""
    problems = ProblemList("f")
    problems.places.values.update({(): mark("f", 1), ("a",): mark("f", 2, 5)})
    problems.places.keys[("a",)] = mark("f", 2)
    problems.at(("a", "b", 3), "value")
    problems.at_key(("a",), "key")
    problems.at_key(("a", 0), "item")
    problems.at(("z",), "top")
    assert [str(problem) for problem in problems.sorted()] == [
        "f:1:1: top",
        "f:2:1: key",
        "f:2:5: value",
        "f:2:5: item",
    ]


def test_a_problem_that_knows_its_place_keeps_it() -> None:
    """What the YAML reader found is told as it is."""
    problems = ProblemList("f")
    problem = Problem(file="x", line=3, column=4, message="m")
    problems.add([problem])
    assert problems.sorted() == (problem,)


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("pyload", ["payload", "person"], '; did you mean "payload"?'),
        ("PAYLOAD", ["payload"], '; did you mean "payload"?'),
        ("zzz", ["east", "west"], " (there is: east, west)"),
        ("zzz", [], ""),
        ("zzz", [f"name{number}" for number in range(13)], ""),
    ],
)
def test_hints(name: str, known: list[str], hint: str) -> None:
    """The nearest name; else all of them, if they are few."""
    assert did_you_mean(name, known) == hint


def test_short_values_are_not_hidden() -> None:
    """Replacing every "1" of a message would only garble it."""
    problems = ProblemList("f")
    problems.hide("1", "${ONE}")
    problems.on(None, "at least 1 item")
    assert problems.sorted()[0].message == "at least 1 item"
