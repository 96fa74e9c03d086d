"""Forms, query strings, and PHP's bracket names."""

import contextlib
import time
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decoding.forms import DEEPEST_BRACKETS, MOST_FIELDS, parse_urlencoded, to_object, unfold_brackets
from gateway.errors import Unreadable
from gateway.model import JsonObject

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@pytest.mark.parametrize(
    ("raw", "pairs"),
    [
        (b"", []),
        (b"a=1&b=2&a=3", [("a", "1"), ("b", "2"), ("a", "3")]),
        (b"a=b+c%2B&d=%C3%A9", [("a", "b c+"), ("d", "é")]),
        (b"&&a&=x&b==", [("a", ""), ("", "x"), ("b", "=")]),
        (b"a=100%&b=%zz", [("a", "100%"), ("b", "%zz")]),
        ("a=é".encode(), [("a", "é")]),
        (b"a;b=1", [("a;b", "1")]),
    ],
)
def test_pairs_keep_order_and_repeats(raw: bytes, pairs: list[tuple[str, str]]) -> None:
    """As browsers write them; only `&` separates."""
    assert parse_urlencoded(raw) == pairs


def test_the_charset_counts() -> None:
    """Latin 1 where it is declared; else a byte that is not UTF-8 is an error that names the field."""
    assert parse_urlencoded(b"a=%E9", codec="cp1252") == [("a", "é")]
    with pytest.raises(Unreadable, match="field 2 of the form is not utf-8"):
        parse_urlencoded(b"a=1&b=%E9")


def test_fields_are_counted_before_they_are_read() -> None:
    """A thousand fields pass, one more does not."""
    assert len(parse_urlencoded(b"&".join([b"a=1"] * MOST_FIELDS))) == MOST_FIELDS
    with pytest.raises(Unreadable, match="more than 1000 fields"):
        parse_urlencoded(b"&".join([b"a=1"] * (MOST_FIELDS + 1)))


@given(st.lists(st.tuples(TEXT, TEXT), max_size=8))
def test_what_a_browser_encodes_comes_back(pairs: list[tuple[str, str]]) -> None:
    """Every text survives."""
    expected = [pair for pair in pairs if pair != ("", "")] if not urlencode(pairs) else pairs
    assert parse_urlencoded(urlencode(pairs).encode()) == expected


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_unreadable(raw: bytes) -> None:
    """No other error, flat or nested."""
    try:
        pairs = parse_urlencoded(raw)
        to_object(pairs)
        unfold_brackets(pairs)
    except Unreadable:
        pass


@given(st.text("ab[]=&1", max_size=40))
def test_any_brackets_are_an_object_or_unreadable(text: str) -> None:
    """However brackets are put together."""
    with contextlib.suppress(Unreadable):
        unfold_brackets(parse_urlencoded(text.encode()))


def test_repeated_names_become_lists() -> None:
    """In order; a file's object stays one element."""
    assert to_object([("a", "1"), ("b", "x"), ("a", "2"), ("a", "3")]) == {"a": ["1", "2", "3"], "b": "x"}
    assert to_object([("a", ["1"]), ("a", "2")]) == {"a": [["1"], "2"]}


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (
            b"contact[id]=42&contact[fields][1]=x&type=subscribe",
            {"contact": {"id": "42", "fields": {"1": "x"}}, "type": "subscribe"},
        ),
        (b"a[]=1&a[]=2", {"a": ["1", "2"]}),
        (b"a[]=1", {"a": ["1"]}),
        (b"a[b][]=1&a[b][]=2", {"a": {"b": ["1", "2"]}}),
        (b"a[0]=x&a[1]=y", {"a": {"0": "x", "1": "y"}}),
        (b"a[b]=1&a[b]=2", {"a": {"b": ["1", "2"]}}),
        (b"a[b=1&a]b=2&[c]=3&a[b]c=4", {"a[b": "1", "a]b": "2", "[c]": "3", "a[b]c": "4"}),
        (b"data[merges][First Name]=Ana", {"data": {"merges": {"First Name": "Ana"}}}),
    ],
)
def test_brackets_nest(raw: bytes, value: JsonObject) -> None:
    """As PHP reads them, except that numbers stay keys and what is not well-formed stays a plain name."""
    assert unfold_brackets(parse_urlencoded(raw)) == value


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"a=1&a[b]=2", "both a value and a group"),
        (b"a[b]=2&a=1", "both a value and a group"),
        (b"a[]=1&a[b]=2", "both a value and a group"),
        (b"a[b]=1&a[b][c]=2", "both a value and a group"),
        (b"a[][b]=1", "empty bracket"),
        (b"a" + b"[b]" * DEEPEST_BRACKETS + b"=1", "more than 8 levels"),
    ],
)
def test_a_name_that_is_two_things_is_refused(raw: bytes, says: str) -> None:
    """Readers differ on which one wins, so neither does."""
    with pytest.raises(Unreadable, match=says):
        unfold_brackets(parse_urlencoded(raw))


HOSTILE = {
    "one long name": b"a" * 262144,
    "brackets": b"a" + b"[b]" * 80000,
    "open brackets": b"a" + b"[" * 262143,
    "percent": b"%" * 262144,
    "escapes": b"%41" * 87381,
    "one name often": b"&".join([b"a=1"] * 1000),
    "many groups": b"&".join(b"a[%d][b]=1" % n for n in range(1000)),
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_hostile_forms_cost_little(raw: bytes) -> None:
    """Nothing that fits the default body limit takes longer than a blink."""
    started = time.process_time()
    with contextlib.suppress(Unreadable):
        unfold_brackets(parse_urlencoded(raw))
    assert time.process_time() - started < 1.0
