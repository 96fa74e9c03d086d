"""Whatever is told without the engine is what the engine says: for any plain expression, and any payload."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.rules.conditions import read_condition
from gateway.rules.expressions import VARIABLES, Expression, ExpressionError, ExpressionFaults, Kind, Scope
from gateway.rules.plain_text import read_plain
from gateway.rules.shortcuts import UNSURE

TEXTS = ["", "a", "b", " a ", "demo", "50", "true", "ä€", "nul\0x"]
NAMES = ["a", "b", "type", "orValue"]
scalars = st.sampled_from([*TEXTS, None, True, False, 0, 50, 1.5, -1])
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)),
    max_leaves=5,
)
payloads = st.dictionaries(st.sampled_from(NAMES), values, max_size=4)
quoted = st.sampled_from([json.dumps(text, ensure_ascii=False) for text in TEXTS if "\0" not in text] + ["'a'"])


@st.composite
def paths(draw: st.DrawFn, *, bare: bool = False) -> str:
    """A path into the payload: plain, by index, optional, with something in its place."""
    text = draw(st.sampled_from(["payload", "event"]))
    for _ in range(draw(st.integers(1, 2))):
        name = draw(st.sampled_from(NAMES))
        text += draw(st.sampled_from([f".{name}", f'["{name}"]']))
    for _ in range(optional := draw(st.integers(0, 2))):
        text += f".?{draw(st.sampled_from(NAMES))}"
    if optional and not (bare and draw(st.booleans())):
        text += f".orValue({draw(quoted)})"
    return text


def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Expressions made of others."""
    return st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||", "=="]), inner).map(lambda three: "{} {} {}".format(*three)),
        inner.map(lambda one: f"!({one})"),
        inner.map(lambda one: f"({one})"),
    )


terms = st.one_of(
    paths(),
    st.tuples(paths(), st.sampled_from(["==", "!="]), quoted).map(" ".join),
    st.tuples(quoted, st.just("=="), paths()).map(" ".join),
    st.tuples(paths(), quoted, quoted).map(lambda three: "{} in [{}, {}]".format(*three)),
    st.sampled_from(["true", "false", "size(payload) > 1", 'payload.a.startsWith("d")', "payload.?b.orValue(0) > 5"]),
)
conditions = st.recursive(terms, joined, max_leaves=4)


def assert_same(expression: Expression, payload: dict[str, Any]) -> None:
    """Hold an answer against the engine's."""
    scope = Scope({"payload": payload, "event": {"type": "demo", "a": payload.get("a")}})
    engine = expression._asked(scope)
    assert expression.evaluate(scope) == engine
    need = expression.plain.needs() if expression.plain else None
    found = need.field.value(scope.variable) if need else UNSURE
    if need is not None and isinstance(found, str) and found not in need.texts:
        assert engine is False


@settings(max_examples=150, deadline=None)
@given(conditions, payloads)
def test_a_condition_says_what_the_engine_says(text: str, payload: dict[str, Any]) -> None:
    """What must hold: true, false or an error, whatever is missing or of another kind; and no rule is ruled out by
    what it needs unless the engine says that it does not hold.
    """
    try:
        expression = Expression(text, Kind.CONDITION)
    except ExpressionFaults:
        return
    assert_same(expression, payload)


@settings(max_examples=100, deadline=None)
@given(st.one_of(paths(bare=True), quoted), st.sampled_from([Kind.TEXT, Kind.TEXTS, Kind.VALUE]), payloads)
def test_a_value_is_the_engines(text: str, kind: Kind, payload: dict[str, Any]) -> None:
    """What must hold: the same text, null or error, as text, as a list of texts, or as a custom field."""
    try:
        expression = Expression(text, kind)
    except ExpressionFaults:
        return
    assert_same(expression, payload)


fields = st.lists(st.sampled_from(NAMES) | st.integers(-1, 2), min_size=1, max_size=3).map(
    lambda rest: ["payload", *rest]
)
constants = st.sampled_from([*(text for text in TEXTS if "\0" not in text), True, False, 50, 1.5])
leaves = st.one_of(
    st.builds(
        lambda f, name, value: {"field": f, name: value}, fields, st.sampled_from(["equals", "not_equals"]), constants
    ),
    st.builds(
        lambda f, name, listed: {"field": f, name: listed},
        fields,
        st.sampled_from(["in", "not_in"]),
        st.lists(constants, min_size=1, max_size=3),
    ),
    st.builds(lambda f, value: {"field": f, "equals": None, "exists": value}, fields, st.booleans()),
)
plain_conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda several: {"all": several}),
        st.lists(inner, min_size=1, max_size=3).map(lambda several: {"any": several}),
        inner.map(lambda one: {"not": one}),
    ),
    max_leaves=4,
)


@settings(max_examples=100, deadline=None)
@given(plain_conditions, payloads)
def test_a_condition_in_yaml_says_what_its_cel_says(raw: dict[str, Any], payload: dict[str, Any]) -> None:
    """What must hold: plain conditions mean one thing, with the engine or without."""
    read = read_condition(raw)
    if not read.faults:
        assert_same(Expression(read.cel, Kind.CONDITION, max_length=50_000, plain=read.plain), payload)


@pytest.mark.parametrize(
    "text",
    [
        'event.type == "lead.created" && payload.lead.?interest.orValue("") == "demo"',
        "payload.lead.contact_id",
        "payload.?created_at",
        '"form"',
        'payload.kind in ["a", "b"] || !(payload.test == true)',
        "headers[\"x-campaign\"] == 'spring'",
    ],
)
def test_what_rules_usually_say_is_plain(text: str) -> None:
    """What must hold: these need no engine."""
    assert read_plain(text, VARIABLES) is not None


@pytest.mark.parametrize(
    "text",
    [
        'payload.a == "a\\n"',
        "size(payload.a) > 2",
        "payload.?a.b",
        'payload.a.startsWith("x")',
        'payload.a == "a" // b',
    ],
)
def test_what_is_not_plain_is_left_to_the_engine(text: str) -> None:
    """What must hold: nothing is guessed of a text that holds anything else."""
    assert read_plain(text, VARIABLES) is None


def test_the_engines_words_are_kept_for_errors() -> None:
    """What must hold: a field that is missing is told in the same words as ever."""
    value = Expression('payload.interest == "demo"', Kind.CONDITION).evaluate(Scope({"payload": {}}))
    assert isinstance(value, ExpressionError)
    assert "interest" in value.message
