"""Paths into payloads, and values as text and moments."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decoding.selectors import is_true, moment_of, parse_selector, select, text_of
from gateway.model import JsonValue

PAYLOAD: JsonValue = {
    "data": {"phone": "+1", "a.b": {"Phone Number": 5}, "list": [{"id": 1}, {"id": 2, "value": "two"}]},
    "answers": [
        {"field": {"ref": "name"}, "text": "Ana"},
        "odd",
        {"field": {"ref": "phone"}, "phone_number": "+1555"},
    ],
    "1.3": "Ana",
    'say "hi"': 1,
    "a/b": {"m~n": [10, 11]},
    "0": "zero",
    "your-tel": "x",
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("data.phone", "+1"),
        ('data."a.b"."Phone Number"', 5),
        ("data.list[1].value", "two"),
        ("data.list[id=2].value", "two"),
        ("answers[field.ref=phone].phone_number", "+1555"),
        ('"1.3"', "Ana"),
        ('"say \\"hi\\""', 1),
        ("your-tel", "x"),
        ("0", "zero"),
        ("/data/list/1/value", "two"),
        ("/a~1b/m~0n/1", 11),
        ("/0", "zero"),
        ("/data/list/01", None),
        ("data.missing.deeper", None),
        ("data.phone.deeper", None),
        ("data.list[9]", None),
        ("data.list.id", None),
        ("data.list[id=9]", None),
        ("data[0]", None),
        ("data[id=1]", None),
        ("[0]", None),
    ],
)
def test_a_path_finds_its_value_or_nothing(path: str, value: JsonValue) -> None:
    """Members, elements, the element where a key reads a value; JSON Pointers too."""
    assert select(PAYLOAD, path) == value


def test_a_path_may_start_with_an_element() -> None:
    """For payloads that are lists."""
    assert select([{"id": 1}], "[0].id") == 1
    assert select([{"id": 1}], "[id=1].id") == 1


@pytest.mark.parametrize(
    "path",
    ["", ".a", "a.", "a..b", "a b[", "a[x]", 'a"b"', "[0]a", "a[=1]", '"open', "a[k=v", "a" * 301, "a.[0]", "a[.x=1]"],
)
def test_a_path_that_cannot_be_read_is_refused(path: str) -> None:
    """When the configuration loads, with the place where reading stopped."""
    with pytest.raises(ValueError, match=r"cannot be read from character|1 to 300"):
        parse_selector(path)


@given(st.text(max_size=40))
def test_any_path_is_read_or_refused(path: str) -> None:
    """And one that is read never fails on a payload."""
    try:
        parse_selector(path)
    except ValueError:
        return
    select(PAYLOAD, path)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" +1 ", "+1"),
        (15550100123, "15550100123"),
        (15550100123.0, "15550100123"),
        (1.5, "1.5"),
        (1e300, "1e+300"),
        (["a", "b"], "a"),
        ([], None),
        ("", None),
        ("  ", None),
        (None, None),
        (True, None),
        ({"a": 1}, None),
        ([["a"]], None),
    ],
)
def test_values_as_text(value: JsonValue, text: str | None) -> None:
    """Numbers as their digits, a list's first element, nothing for what is no text."""
    assert text_of(value) == text


def test_what_means_yes() -> None:
    """As senders write it."""
    assert all(is_true(value) for value in (True, "true", "TRUE", 1, "1", "yes", "on"))
    assert not any(is_true(value) for value in (False, "false", 0, "", None, [], {}, 2))


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1705422467780, datetime(2024, 1, 16, 16, 27, 47, 780000, UTC)),
        ("1705422467", datetime(2024, 1, 16, 16, 27, 47, tzinfo=UTC)),
        (1705422467.5, datetime(2024, 1, 16, 16, 27, 47, 500000, UTC)),
        ("2024-01-16T17:27:47+01:00", datetime(2024, 1, 16, 16, 27, 47, tzinfo=UTC)),
        ("2024-01-16 16:27:47", datetime(2024, 1, 16, 16, 27, 47, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("99999999999999", None),
        ("soon", None),
        (None, None),
        ([], None),
        (-1, None),
    ],
)
def test_moments(value: JsonValue, moment: datetime | None) -> None:
    """ISO 8601, seconds or milliseconds; a moment without a zone is UTC; anything else is none."""
    assert moment_of(value) == moment


@given(st.text(max_size=30) | st.integers() | st.floats())
def test_any_value_is_a_moment_or_none(value: JsonValue) -> None:
    """Never an error, and always with a zone."""
    moment = moment_of(value)
    assert moment is None or moment.tzinfo is not None
