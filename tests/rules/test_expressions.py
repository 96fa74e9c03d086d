"""Expressions: what they see, what they give, and how they say what is wrong. Nothing they meet ends the process."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model import JsonValue
from gateway.rules.expressions import Expression, ExpressionError, ExpressionFaults, Kind, Scope

PAYLOAD: dict[str, JsonValue] = {
    "interest": " demo ",
    "nothing": None,
    "blank": "  ",
    "count": 3,
    "phone_as_float": 14155550132.0,
    "half": 0.5,
    "yes": True,
    "name": "Ana Lía",
    "phone": "(415) 555-0132",
    "company": {"size": 50, "tags": ["a", 1, None]},
    "answers": [{"key": "phone", "value": "1"}, {"key": 5, "value": "2"}, "odd"],
    "nul": "a\0b",
    "big": 2**63,
}
SCOPE = Scope(
    {
        "payload": PAYLOAD,
        "event": {"type": "lead", "occurred_at": "2026-11-23T00:00:00.5Z"},
        "person": {"phone": None, "email": "ana@example.com"},
        "headers": {"x-campaign": "spring"},
        "query": {"utm": "a"},
    }
)


def value_of(text: str, kind: Kind = Kind.TEXT, scope: Scope = SCOPE) -> "JsonValue | ExpressionError":
    """The value of an expression on the payload above."""
    return Expression(text, kind).evaluate(scope)


def error_of(text: str, kind: Kind = Kind.TEXT, scope: Scope = SCOPE) -> str:
    """The message of an expression that fails."""
    value = value_of(text, kind, scope)
    assert isinstance(value, ExpressionError), value
    return value.message


def faults_of(text: str, kind: Kind = Kind.TEXT) -> list[tuple[int, int, str]]:
    """What is wrong with an expression's text."""
    with pytest.raises(ExpressionFaults) as refused:
        Expression(text, kind)
    return [(fault.line, fault.column, fault.message) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("payload.interest", "demo"),
        ("payload.nothing", None),
        ("payload.blank", None),
        ("payload.count", "3"),
        ("payload.phone_as_float", "14155550132"),
        ("payload.half", "0.5"),
        ("payload.big", "9223372036854775808"),
        ("payload.?interest", "demo"),
        ("payload.?missing", None),
        ("payload.?company.?size", "50"),
        ("payload.?missing.?size.orValue(1)", "1"),
        ("payload.?interest // a comment", "demo"),
        ("person.phone", None),
        ("person.email", "ana@example.com"),
        ("event.type", "lead"),
        ("headers[?'x-campaign']", "spring"),
        ("query.utm", "a"),
        ("first_of(payload.nothing, payload.blank, person.phone, payload.count)", "3"),
        ("first_of(payload.nothing, payload.blank)", None),
        ("lower(upper(payload.name))", "ana lía"),
        ("payload.name.split(' ')[0]", "Ana"),
        ("digits(payload.phone)", "4155550132"),
        ("phone(payload.phone, 'US')", "+14155550132"),
        ("payload.answers[0].value", "1"),
        ("payload.yes ? 'a' : 'b'", "a"),
        ("null", None),
    ],
)
def test_text(text: str, value: str | None) -> None:
    """Text and numbers become trimmed text; null, blank and an empty optional become none."""
    assert value_of(text) == value


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("payload.company.tags", Kind.TEXTS, ["a", "1"]),
        ("['a', payload.interest]", Kind.TEXTS, ["a", "demo"]),
        ("payload.interest", Kind.TEXTS, "demo"),
        ("payload.?missing", Kind.TEXTS, None),
        ("payload.company", Kind.VALUE, {"size": 50, "tags": ["a", 1, None]}),
        ("payload.?company.?tags", Kind.VALUE, ["a", 1, None]),
        ("{'a': payload.count, 'b': [1.5, true, null]}", Kind.VALUE, {"a": 3, "b": [1.5, True, None]}),
        ("{1: 'a'}", Kind.VALUE, {"1": "a"}),
        ("payload.yes", Kind.CONDITION, True),
        ("payload.?yes.orValue(false) && size(payload.answers) == 3", Kind.CONDITION, True),
        ("timestamp(event.occurred_at) > timestamp('2026-01-01T00:00:00Z')", Kind.CONDITION, True),
        ("payload.missing == 1 || true", Kind.CONDITION, True),
    ],
)
def test_other_kinds(text: str, kind: Kind, value: JsonValue) -> None:
    """Lists for tags, any JSON for custom fields, true or false for conditions."""
    assert value_of(text, kind) == value


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        (
            "payload.missing",
            Kind.TEXT,
            'payload has no "missing": write payload.?missing.orValue("") where it may be missing',
        ),
        (
            "payload.company.x",
            Kind.TEXT,
            'payload.company has no "x": write payload.company.?x.orValue("") where it may be missing',
        ),
        ("payload['we ird']", Kind.TEXT, 'a map has no "we ird"'),
        ("payload.answers[7]", Kind.TEXT, "item 7 of a list was asked for, which has 3 (the first is item 0)"),
        ("payload.interest + payload.count", Kind.TEXT, '"+" does not work with text and a whole number'),
        (
            "payload.interest.x",
            Kind.TEXT,
            "a field was asked of something that has none (text, a number, a list or null)",
        ),
        ("payload.interest ? 1 : 2", Kind.TEXT, "what stands before ? is not true or false"),
        ("payload.company", Kind.TEXT, "it gives a map where text is needed"),
        ("payload.yes", Kind.TEXT, "it gives true or false where text is needed"),
        ("payload.answers", Kind.TEXTS, "it gives a map where text is needed"),
        ("payload.interest", Kind.CONDITION, "it gives text where true or false is needed"),
        ("payload.nothing", Kind.CONDITION, "it gives null where true or false is needed"),
        ("dyn(b'x')", Kind.VALUE, "it gives a bytearray, which cannot be sent on"),
        ("dyn(payload.?interest)", Kind.TEXT, "it gives a value that may be missing: add .orValue(…)"),
        ("[payload.?interest, 1]", Kind.VALUE, "it gives a value that may be missing: add .orValue(…)"),
        ("{'a': payload.?interest}", Kind.VALUE, "it gives a value that may be missing: add .orValue(…)"),
        (
            "first_of(payload.?interest, 'x')",
            Kind.TEXT,
            '"first_of" does not work with a value that may be missing (add .orValue(…)) and text',
        ),
        (
            "phone(payload.phone)",
            Kind.TEXT,
            "phone() cannot use this number: it has no country code and no region is given",
        ),
        ("phone(payload.blank)", Kind.TEXT, "phone() cannot use this number: it is blank"),
        ("'a'.matches(payload.interest + '(')", Kind.CONDITION, "invalid regular expression: missing ):  demo ("),
        ("1 / 0 == 1", Kind.CONDITION, "divide by zero"),
    ],
)
def test_errors_are_values_a_person_can_read(text: str, kind: Kind, message: str) -> None:
    """What was asked of what, and what to write instead; no engine's words."""
    assert error_of(text, kind) == message


@pytest.mark.parametrize(
    ("text", "kind", "faults"),
    [
        ("pyload.x", Kind.TEXT, [(1, 1, 'unknown name "pyload"; did you mean "payload"?')]),
        ("payload.x.lowr()", Kind.TEXT, [(1, 11, 'unknown name "lowr"; did you mean "lower"?')]),
        ("lwer(payload.x)", Kind.TEXT, [(1, 1, 'unknown name "lwer"; did you mean "lower"?')]),
        ("payload.x == 1 &&\n  pyload.y", Kind.CONDITION, [(2, 3, 'unknown name "pyload"; did you mean "payload"?')]),
        ("ab + cd", Kind.TEXT, [(1, 1, 'unknown name "ab"'), (1, 6, 'unknown name "cd"')]),
        ("1 + 'a'", Kind.TEXT, [(1, 3, '"+" does not work with a whole number and text')]),
        ("payload.x = 1", Kind.CONDITION, [(1, 11, 'a single "=" is not an operator: write == to compare')]),
        ("payload.x ==", Kind.CONDITION, [(1, 13, "the expression ends too early")]),
        ("payload.x)", Kind.TEXT, [(1, 10, "unexpected ')'")]),
        ("payload.'x'", Kind.TEXT, [(1, 9, "unexpected '.'x''")]),
        (
            "'\\ud800'",
            Kind.TEXT,
            [(1, 1, "Invalid string literal: Illegal escape sequence: Unicode value \\ud800 is invalid")],
        ),
        ("'x'", Kind.CONDITION, [(1, 1, "gives text where true or false is needed")]),
        ("payload", Kind.TEXT, [(1, 1, "gives a map where text is needed")]),
        ("[1]", Kind.TEXT, [(1, 1, "gives a list where text is needed")]),
        ("timestamp('2026-01-01T00:00:00Z')", Kind.VALUE, [(1, 1, "gives a time where a value is needed")]),
        ("optional.of(true)", Kind.TEXT, [(1, 1, "gives true or false where text is needed")]),
        ("(" * 40 + "1" + ")" * 40, Kind.TEXT, [(1, 1, "it is nested too deeply")]),
        ("'a'" * 2000, Kind.TEXT, [(1, 1, "longer than 4000 characters")]),
        (
            "payload.?a" + ".optMap(v, v)" * 7,
            Kind.TEXT,
            [(1, 1, "more than 6 optMap or optFlatMap in one expression")],
        ),
    ],
    ids=range(19),
)
def test_faults_are_found_when_the_file_is_loaded(text: str, kind: Kind, faults: list[tuple[int, int, str]]) -> None:
    """Names, types and syntax, with line and column inside the expression."""
    found = faults_of(text, kind)
    assert [(line, column, message.partition(" (there is")[0]) for line, column, message in found] == faults


def test_a_flood_of_steps_is_stopped() -> None:
    """An expression that would run for ever ends with an error, at once."""
    ten = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"
    text = "true"
    for name in "abcdef":
        text = f"{ten}.all({name}, {text})"
    assert error_of(text, Kind.CONDITION) == "it takes too many steps"


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        ({"x": "\ud800"}, "the payload holds text that is not valid Unicode"),
        ({"x": 2**70}, None),
        ({"\ud800": 1}, "the payload holds text that is not valid Unicode"),
    ],
)
def test_values_the_decoders_refuse_do_no_harm_here(payload: dict[str, JsonValue], value: str | None) -> None:
    """Lone surrogates and integers beyond 64 bits are an error of the event, not a crash."""
    message = error_of("payload.x", scope=Scope({"payload": payload}))
    assert value is None or message == value


def test_text_is_cut_at_a_nul_character() -> None:
    """A limit of the engine, told in the documentation: what follows NUL is not seen."""
    assert value_of("payload.nul") == "a"


def test_what_is_not_given_is_empty() -> None:
    """A scope without headers has none; looking there is no crash."""
    assert value_of("headers.?x", scope=Scope({})) is None


@settings(max_examples=200)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.floats(allow_nan=False)
        | st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0")),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=5), inner, max_size=4
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_goes_through_unchanged(value: JsonValue) -> None:
    """What a payload holds comes out as it went in."""
    assert value_of("payload.x", Kind.VALUE, Scope({"payload": {"x": value}})) == value


def test_nulls_by_the_hundred_thousand_do_not_end_the_process() -> None:
    """The engine's binding takes a reference of None with every null it returns; the process must outlive that."""
    code = (
        "from gateway.rules.expressions import Expression, Kind, Scope\n"
        "scope = Scope({'payload': {'x': None, 'l': [None] * 100}})\n"
        "one, many = Expression('payload.x', Kind.TEXT), Expression('payload.l', Kind.VALUE)\n"
        "for _ in range(50_000): one.evaluate(scope)\n"
        "for _ in range(2_000): many.evaluate(scope)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_optionals_in_lists_do_not_end_the_process() -> None:
    """The binding crashes on them if asked for a plain value: they are taken out one by one."""
    code = (
        "from gateway.rules.expressions import Expression, Kind, Scope\n"
        "scope = Scope({'payload': {'x': 1}})\n"
        "for text in ('[payload.?x, 1]', '[[payload.?y]]', '{\"a\": payload.?x}', '[{\"a\": [payload.?x]}]'):\n"
        "    expression = Expression(text, Kind.VALUE)\n"
        "    for _ in range(2_000): expression.evaluate(scope)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
