"""Plain YAML conditions: what each operator means, that missing fields never fail, and what cannot be written."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.rules.conditions import OPERATORS, read_condition
from gateway.rules.expressions import Expression, Kind, Scope

PAYLOAD = {
    "interest": "demo",
    "seats": 50,
    "seats_text": " 50 ",
    "ticked": True,
    "ticked_text": "true",
    "null": None,
    "blank": "",
    "tags": ["vip", 3, {"k": "v"}],
    "company": {"size": 12.5, "Billing State": "CA", "a.b": 1, "0": "zero"},
    "odd": 'a"b\\c\nd {{ }} ${X}',
}
SCOPE = Scope({"payload": PAYLOAD, "person": {"email": "ana@example.com"}, "headers": {"x-campaign": "spring"}})


def holds(**condition: Any) -> bool:
    """Whether a condition holds on the payload above."""
    read = read_condition(condition)
    assert read.faults == ()
    value = Expression(read.cel, Kind.CONDITION, max_length=50_000).evaluate(SCOPE)
    assert isinstance(value, bool)
    return value


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("payload.interest", "equals", "demo", True),
        ("payload.interest", "equals", "Demo", False),
        ("payload.seats", "equals", 50, True),
        ("payload.seats", "equals", "50", False),
        ("payload.ticked", "equals", True, True),
        ("payload.ticked_text", "equals", True, True),
        ("payload.null", "equals", None, True),
        ("payload.missing", "equals", None, True),
        ("payload.odd", "equals", 'a"b\\c\nd {{ }} ${X}', True),
        ("payload.interest", "not_equals", "demo", False),
        ("payload.missing", "not_equals", "demo", True),
        ("payload.interest", "in", ["pricing", "demo"], True),
        ("payload.seats", "in", [1, 50], True),
        ("payload.seats_text", "in", ["50"], False),
        ("payload.interest", "not_in", ["pricing"], True),
        ("payload.missing", "not_in", ["pricing"], True),
        ("payload.interest", "contains", "em", True),
        ("payload.tags", "contains", "vip", True),
        ("payload.tags", "contains", 3, True),
        ("payload.tags", "contains", "v", False),
        ("payload.seats", "contains", "5", False),
        ("payload.interest", "starts_with", "de", True),
        ("payload.interest", "ends_with", "mo", True),
        ("payload.interest", "matches", "^d.*o$", True),
        ("payload.interest", "matches", "(?i)^DEMO$", True),
        ("payload.seats", "matches", "50", False),
        ("payload.seats", "greater_than", 49.5, True),
        ("payload.seats", "greater_than", 50, False),
        ("payload.seats", "at_least", 50, True),
        ("payload.seats_text", "at_least", 50, True),
        ("payload.company.size", "less_than", 13, True),
        ("payload.company.size", "at_most", 12.5, True),
        ("payload.interest", "less_than", 13, False),
        ("payload.missing", "less_than", 13, False),
        ("payload.ticked", "at_least", 0, False),
        ("payload.interest", "exists", True, True),
        ("payload.missing", "exists", True, False),
        ("payload.null", "exists", True, False),
        ("payload.blank", "exists", True, False),
        ("payload.missing", "exists", False, True),
        ("payload.interest.x.y", "exists", True, False),
        ("payload.tags.2.k", "equals", "v", True),
        ("payload.tags.9.k", "exists", False, True),
        ("payload.tags.k", "exists", False, True),
        ("payload.company.0", "equals", "zero", True),
        (["payload", "company", "Billing State"], "equals", "CA", True),
        (["payload", "company", "a.b"], "equals", 1, True),
        ("person.email", "ends_with", "@example.com", True),
        ("headers.x-campaign", "equals", "spring", True),
        ("query.utm", "exists", False, True),
    ],
)
def test_operators(field: object, operator: str, value: object, expected: bool) -> None:
    """Each on present, missing and mistyped fields; none ever fails."""
    assert holds(field=field, **{operator: value}) is expected


def test_several_operators_must_all_hold() -> None:
    """A field may be bounded on both sides."""
    assert holds(field="payload.seats", greater_than=10, less_than=100)
    assert not holds(field="payload.seats", greater_than=10, less_than=20)
    assert holds(field="payload.seats", not_equals=1, not_in=[2, 3])


def test_groups() -> None:
    """all, any and not, inside one another."""
    yes, no = {"field": "payload.interest", "equals": "demo"}, {"field": "payload.interest", "equals": "x"}
    assert holds(all=[yes, {"any": [no, {"not": no}]}])
    assert not holds(all=[yes, no])
    assert not holds(any=[no, {"not": yes}])


def test_long_and_deep_conditions_compile() -> None:
    """Fifty alternatives, and five levels, are within the engine's bounds."""
    assert holds(any=[{"field": "payload.seats", "equals": number} for number in range(51)])
    deep: dict[str, Any] = {"field": "payload.a.b.c.d.e.f.g", "exists": False}
    for group in ("all", "any", "all", "any", "all"):
        deep = {group: [deep]}
    assert holds(**deep)


@pytest.mark.parametrize(
    ("condition", "path", "message"),
    [
        ({}, (), "a condition is a map: all, any, not, or a field with what it must be"),
        ({"all": []}, ("all",), "`all` is a list of conditions"),
        ({"any": "x"}, ("any",), "`any` is a list of conditions"),
        ({"all": ["x"]}, ("all", 0), "a condition is a map: all, any, not, or a field with what it must be"),
        ({"not": []}, ("not",), "a condition is a map: all, any, not, or a field with what it must be"),
        ({"all": [{"field": "payload.x", "equals": 1}], "any": []}, (), "`all` stands alone: put the rest inside it"),
        ({"fild": "payload.x"}, ("fild",), '"fild" needs a `field` beside it; did you mean "field"?'),
        (
            {"field": "payload.x"},
            (),
            f"say what the field must be, for example `equals: demo` ({', '.join(OPERATORS)})",
        ),
        ({"field": "payload.x", "eqals": 1}, ("eqals",), 'unknown key "eqals"; did you mean "equals"?'),
        (
            {"field": "pyload.x", "equals": 1},
            ("field",),
            '"pyload" is not something a condition can look at; did you mean "payload"?',
        ),
        (
            {"field": "payload", "equals": 1},
            ("field",),
            "a field has 2 to 8 parts, each a name or the number of a list's item",
        ),
        (
            {"field": "payload.a b", "equals": 1},
            ("field",),
            "write a field as payload.name, or as a list of its parts: [payload, first name]",
        ),
        (
            {"field": ["payload", None], "equals": 1},
            ("field",),
            "a field has 2 to 8 parts, each a name or the number of a list's item",
        ),
        ({"field": 5, "equals": 1}, ("field",), "a field is text such as payload.interest"),
        ({"field": "payload.x", "equals": [1]}, ("equals",), "needs one value; use `in` for a list of them"),
        ({"field": "payload.x", "in": "demo"}, ("in",), "needs a list of values"),
        ({"field": "payload.x", "in": [[1]]}, ("in",), "needs a list of plain values"),
        ({"field": "payload.x", "contains": None}, ("contains",), "needs one value"),
        ({"field": "payload.x", "starts_with": 5}, ("starts_with",), "needs text (put quotes around a number)"),
        ({"field": "payload.x", "matches": "("}, ("matches",), "invalid regular expression: missing ): ("),
        ({"field": "payload.x", "at_least": "5"}, ("at_least",), "needs a number"),
        ({"field": "payload.x", "exists": "yes"}, ("exists",), "needs true or false"),
    ],
)
def test_what_cannot_be_written(condition: dict[str, Any], path: tuple[str | int, ...], message: str) -> None:
    """Told with the path inside the condition, so that it gets its line and column."""
    (fault,) = read_condition(condition).faults
    assert (fault.path, fault.message) == (path, message)


def test_conditions_have_an_end() -> None:
    """More than five levels are refused, whatever stands in them."""
    deep: dict[str, Any] = {"field": "payload.x", "exists": True}
    for _ in range(7):
        deep = {"not": deep}
    (fault,) = read_condition(deep).faults
    assert fault.message == "conditions are nested more than 5 deep"


def test_every_mistake_is_told() -> None:
    """Not only the first."""
    condition = {"all": [{"field": "payload.x", "eq": 1}, {"not": {"field": "payload.x", "lt": 1, "gt": 2}}]}
    assert [fault.path for fault in read_condition(condition).faults] == [
        ("all", 0, "eq"),
        ("all", 1, "not", "lt"),
        ("all", 1, "not", "gt"),
    ]


def test_a_condition_reads_as_a_sentence() -> None:
    """What `dialgate try` and the console show."""
    condition = {
        "all": [
            {"field": "payload.interest", "in": ["demo", 5]},
            {"not": {"field": "person.email", "ends_with": "@example.com"}},
            {"any": [{"field": "payload.x", "exists": False}, {"field": "payload.n", "at_least": 3, "less_than": 9}]},
        ]
    }
    assert read_condition(condition).sentence == (
        '(payload.interest is one of "demo", 5) and (not (person.email ends with "@example.com")) and '
        "((payload.x is not there) or (payload.n is at least 3 and payload.n is less than 9))"
    )


SCALARS = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@settings(max_examples=200, deadline=None)
@given(text=TEXTS, other=TEXTS)
def test_any_text_is_quoted_safely(text: str, other: str) -> None:
    """Whatever stands in a value or a name, it is compared as text and is never read as an expression."""
    condition = read_condition({"field": ["payload", "company", text or "x"], "equals": other})
    scope = Scope({"payload": {"company": {text or "x": other}}})
    assert Expression(condition.cel, Kind.CONDITION).evaluate(scope) is True


@settings(max_examples=200, deadline=None)
@given(
    operator=st.sampled_from(sorted(OPERATORS)),
    value=SCALARS | TEXTS | st.lists(SCALARS | TEXTS, max_size=3),
    data=SCALARS | TEXTS,
)
def test_a_condition_that_is_accepted_always_answers(operator: str, value: object, data: object) -> None:
    """True or false, on any payload: a plain condition never makes an event FAILED."""
    read = read_condition({"field": "payload.x", operator: value})
    if read.faults:
        return
    for payload in ({}, {"x": data}, {"x": [data]}, {"x": {"y": data}}):
        assert isinstance(Expression(read.cel, Kind.CONDITION).evaluate(Scope({"payload": payload})), bool)


def test_numbers_in_patterns_are_compared_like_text() -> None:
    """The pattern that recognises numbers in text takes no more than plain decimals."""
    for text, is_number in (
        ("50", True),
        (" -1.5 ", True),
        ("1e5", False),
        ("0x10", False),
        ("", False),
        ("5 kg", False),
    ):
        scope = Scope({"payload": {"x": text}})
        condition = read_condition({"field": "payload.x", "at_least": -100})
        assert Expression(condition.cel, Kind.CONDITION).evaluate(scope) is is_number
        assert bool(re.match(r"^\s*-?[0-9]+(\.[0-9]+)?\s*$", text)) is is_number
