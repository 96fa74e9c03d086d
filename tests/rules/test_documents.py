"""YAML is read without its surprises, and every value remembers where it stood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.rules.documents import read_document


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("1.5", 1.5),
        ("-0.25e3", -250.0),
        ("12:30", "12:30"),
        ("no", "no"),
        ("Yes", "Yes"),
        ("True", "True"),
        ("off", "off"),
        ("+14155550132", "+14155550132"),
        ("1_000", "1_000"),
        ("0o17", "0o17"),
        ("017", "017"),
        ("0x1F", "0x1F"),
        ("1e5", "1e5"),
        (".5", ".5"),
        (".inf", ".inf"),
        ("2026-11-23", "2026-11-23"),
        ("123456789012345678901", "123456789012345678901"),
        ("=", "="),
        ('"12"', "12"),
        ("'true'", "true"),
        ("!!str 12", "12"),
    ],
)
def test_only_plain_types_are_typed(written: str, value: object) -> None:
    """true, false, null and decimal numbers; everything else is the text it is."""
    document = read_document(f"key: {written}", "f.yaml")
    assert (document.data, document.problems) == ({"key": value}, [])
    assert type(document.data["key"]) is type(value)


def test_every_value_and_key_knows_its_place() -> None:
    """Lines and columns count from 1, also through aliases."""
    document = read_document("a: &x\n  - {b: 1}\nc: *x\n", "f.yaml")
    assert document.data == {"a": [{"b": 1}], "c": [{"b": 1}]}
    place, key = document.values["a", 0, "b"], document.keys["a", 0, "b"]
    assert (place.file, place.line, place.column) == ("f.yaml", 2, 9)
    assert (key.line, key.column) == (2, 6)
    assert document.values["c", 0, "b"] == place


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1, '"a" stands here twice; the first is on line 1'),
        ("a: !!python/object:os.system x", 1, 4, "the tag tag:yaml.org,2002:python/object:os.system is not supported"),
        ("a: !own {b: 1}", 1, 4, "the tag !own is not supported"),
        ("a: !own [1]", 1, 4, "the tag !own is not supported"),
        ("a: !!int abc", 1, 4, "the tag tag:yaml.org,2002:int is not supported"),
        ("? [a]\n: 1", 1, 3, "a key must be plain text"),
        ("a: [1", 2, 1, "not valid YAML: did not find expected ',' or ']'"),
        ("a: 1\n---\nb: 2", 2, 1, "not valid YAML: but found another document"),
        ("a: *nowhere", 1, 4, "not valid YAML: found undefined alias"),
        ("a: \x01", 0, 0, "not valid YAML: control characters are not allowed"),
        ("[" * 100000 + "]" * 100000, 1, 33, "too deeply nested"),
        ("a: &a [*a]", 1, 4, "too large: an alias repeats itself, or far too many values"),
    ],
    ids=range(12),
)
def test_what_cannot_be_meant_is_told_with_its_place(text: str, line: int, column: int, message: str) -> None:
    """One problem each; the process survives the hostile ones."""
    (problem,) = read_document(text, "f.yaml").problems
    assert (problem.line, problem.column, problem.message) == (line, column, message)


def test_aliases_cannot_blow_up() -> None:
    """A billion laughs are stopped at the node limit, with one problem."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert len(read_document("\n".join(lines), "f.yaml").problems) == 1


def test_a_merge_key_is_an_ordinary_key() -> None:
    """`<<` merges nothing: it is left to be reported as an unknown key."""
    assert read_document("<<: {a: 1}", "f.yaml").data == {"<<": {"a": 1}}


@pytest.mark.parametrize("text", ["", "# nothing\n", "  \n"])
def test_an_empty_file_holds_nothing(text: str) -> None:
    """Nothing, and nothing wrong with it."""
    document = read_document(text, "f.yaml")
    assert (document.data, document.problems) == (None, [])


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_any_text_is_read_or_told(text: str) -> None:
    """Never an exception: data, or a problem."""
    document = read_document(text, "f.yaml")
    assert document.data is None or document.values[()].line >= 1
