"""${NAME} in values: put in after parsing, told when it is missing, never shown."""

import pytest

from gateway.model import JsonValue
from gateway.rules.problems import ProblemList
from gateway.rules.variables import Variables

ENVIRON = {"NAME": "value", "EMPTY": "", "YAML": "a: [b", "LONG": "a-secret-value"}


def expanded(data: JsonValue) -> tuple[JsonValue, list[str]]:
    """The data with variables put in, and the problems found."""
    problems = ProblemList("f.yaml")
    result = Variables(ENVIRON, problems).expand(data)
    return result, [problem.message for problem in problems.sorted()]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${NAME}", "value"),
        ("a ${NAME} b ${NAME}", "a value b value"),
        ("${MISSING:-default}", "default"),
        ("${EMPTY:-default}", "default"),
        ("${NAME:-default}", "value"),
        ("${MISSING:-}", None),
        ("${EMPTY:-}", None),
        ("a${MISSING:-}", "a"),
        ("$${NAME}", "${NAME}"),
        ("$NAME", "$NAME"),
        ("${YAML}", "a: [b"),
        (5, 5),
        (None, None),
        (True, True),
        ({"${NAME}": "${NAME}"}, {"${NAME}": "value"}),
        (["${NAME}", "${MISSING:-}", None, "x"], ["value", None, "x"]),
    ],
)
def test_variables_are_put_in(written: JsonValue, value: JsonValue) -> None:
    """Only into values; one that is empty leaves the key as if it were not written, and a list without it."""
    assert expanded(written) == (value, [])


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("${MISSING}", "the environment variable MISSING is not set (or empty); ${MISSING:-} lets it be"),
        ("${EMPTY}", "the environment variable EMPTY is not set (or empty); ${EMPTY:-} lets it be"),
        ("${}", "write a variable as ${NAME}, ${NAME:-default}, or $${ for a literal ${"),
        ("${a b}", "write a variable as ${NAME}, ${NAME:-default}, or $${ for a literal ${"),
        ("${NAME", "write a variable as ${NAME}, ${NAME:-default}, or $${ for a literal ${"),
    ],
)
def test_what_cannot_be_put_in_is_told(written: str, message: str) -> None:
    """A variable that is not set stops start-up; so does a broken one."""
    assert expanded(written)[1] == [message]


def test_no_problem_shows_what_was_put_in() -> None:
    """A message that would hold the value shows the variable's name instead."""
    problems = ProblemList("f.yaml")
    Variables(ENVIRON, problems).expand({"a": "${LONG}"})
    problems.at(("a",), "'a-secret-value' is not a duration")
    assert [problem.message for problem in problems.sorted()] == ["'${LONG}' is not a duration"]
