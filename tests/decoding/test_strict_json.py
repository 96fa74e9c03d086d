"""Strict JSON: one reading, or an error that says where."""

import contextlib
import json
import time
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decoding import strict_json
from gateway.decoding.strict_json import DEEPEST, LONGEST_NUMBER, loads, shown
from gateway.errors import Unreadable

INT64 = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | INT64 | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(TEXT, below, max_size=4),
    max_leaves=25,
)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a":1}', {"a": 1}),
        (b"\xef\xbb\xbf{}", {}),
        (b" [1, 2.5, null, true] \n", [1, 2.5, None, True]),
        ('{"é":"\\u00e9♥"}'.encode(), {"é": "é♥"}),
        (b'{"a":{"b":1},"b":{"b":2}}', {"a": {"b": 1}, "b": {"b": 2}}),
        (b'[{"a":1},{"a":2}]', [{"a": 1}, {"a": 2}]),
        (b'{"a":"\\":","b":"{\\"x\\": 1}"}', {"a": '":', "b": '{"x": 1}'}),
        (b'{"at" : "12:30", "url" :"https://a.example:8443/"}', {"at": "12:30", "url": "https://a.example:8443/"}),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'{"phone":15550100123}', {"phone": 15550100123}),
        (b"[9223372036854775807,-9223372036854775808]", [2**63 - 1, -(2**63)]),
        (b"[9223372036854775808]", ["9223372036854775808"]),
        (b'{"id":-9223372036854775809}', {"id": "-9223372036854775809"}),
        (b'{"id":' + b"7" * LONGEST_NUMBER + b"}", {"id": "7" * LONGEST_NUMBER}),
        (b'{"text":"' + b"7" * 500 + b'"}', {"text": "7" * 500}),
        (b"[0.12345678901234567890123]", [0.12345678901234568]),
        (b"1e-400", 0.0),
        (b"[" * DEEPEST + b"]" * DEEPEST, json.loads("[" * DEEPEST + "]" * DEEPEST)),
    ],
)
def test_json_is_read_as_it_stands(raw: bytes, value: Any) -> None:
    """One BOM is stripped; integers beyond 64 bits keep their digits as text; all else is what it says."""
    assert loads(raw) == value


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n", "is empty"),
        (b"\xef\xbb\xbf\xef\xbb\xbf{}", "not JSON"),
        (b"{", "line 1 column"),
        (b'{"a":1} x', "not JSON"),
        (b"{'a':1}", "not JSON"),
        (b"NaN", "not JSON"),
        (b"[Infinity]", "not JSON"),
        (b"-Infinity", "not JSON"),
        (b'{"a":1e999}', "infinity"),
        (b'["\\ud800"]', "surrogate"),
        (b'"\xed\xa0\x80"', "UTF-8"),
        (b'{"a":"\xff"}', "UTF-8"),
        ('{"a":1}'.encode("utf-16"), "not JSON"),
        (b'{"a":1,"a":1}', "the key 'a' stands twice"),
        (b'{"a":1,"\\u0061":2}', "the key 'a' stands twice"),
        (b'[{"x":[{"phone":"1","name":"n","phone":"2"}]}]', "the key 'phone' stands twice"),
        (b'{"":1,"":1}', "the key '' stands twice"),
        (b"7" * 65, "longer than 64"),
        (b"[0." + b"7" * 65 + b"]", "longer than 64"),
        (b"1e" + b"0" * 70 + b"1", "longer than 64"),
        (b"[" * 33 + b"]" * 33, "more than 32 levels"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "more than 32 levels"),
        (b"[" * 5000, "not JSON"),
        (b"[" * 5000 + b"]" * 5000, "not JSON"),
    ],
)
def test_what_two_readers_could_read_differently_is_refused(raw: bytes, says: str) -> None:
    """Each with a text that says what is wrong, and nothing of the content."""
    with pytest.raises(Unreadable, match=says):
        loads(raw)


def test_the_place_is_named() -> None:
    """An error says which part of the request it is about."""
    with pytest.raises(Unreadable, match="the field 'x' is not JSON"):
        loads(b"{", "the field 'x'")


def test_a_name_in_an_error_gives_no_phone_number_away() -> None:
    """Long runs of digits are hidden, long names cut."""
    assert shown("+14155550123 phone") == "'+# phone'"
    assert len(shown("k" * 500)) < 50
    with pytest.raises(Unreadable) as error:
        loads(b'{"+14155550123":1,"+14155550123":2}')
    assert "5550123" not in str(error.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_unreadable(raw: bytes) -> None:
    """No other error, whatever comes."""
    with contextlib.suppress(Unreadable):
        loads(raw)


@given(VALUES, st.booleans())
def test_a_value_survives(value: Any, indented: bool) -> None:
    """What a sender writes is what rules see, however it is spaced."""
    raw = json.dumps(value, indent=2 if indented else None, ensure_ascii=indented).encode()
    assert loads(raw) == value


@given(VALUES)
def test_both_readers_agree(value: Any) -> None:
    """The slow reader, used where the quick checks prove nothing, gives the same value."""
    raw = json.dumps(value).encode()
    assert strict_json._read_every_token(raw, "the body") == orjson.loads(raw)


@given(st.lists(st.tuples(st.sampled_from('ab":\\é'), st.integers(0, 9)), max_size=6))
def test_every_duplicate_is_found(pairs: list[tuple[str, int]]) -> None:
    """Names with quotes, colons and backslashes hide no duplicate from the quick check."""
    raw = "{" + ",".join(f"{json.dumps(name)} : {value}" for name, value in pairs) + "}"
    names = [name for name, _ in pairs]
    if len(set(names)) == len(names):
        assert loads(raw.encode()) == dict(pairs)
    else:
        with pytest.raises(Unreadable, match="stands twice"):
            loads(raw.encode())


SIZE = 256 * 1024
HOSTILE = {
    "deep": b"[" * SIZE,
    "wide": b"[" + b"1," * (SIZE // 2) + b"1]",
    "wide and deep": b"[" + b"[[[[[[]]]]]]," * (SIZE // 13) + b"1]",
    "digits": b"1" * SIZE,
    "long fractions": b"[" + b",".join([b"0." + b"1" * 61] * (SIZE // 64)) + b"]",
    "big integers": b"[" + b",".join([b"9" * 64] * (SIZE // 65)) + b"]",
    "one key often": b"{" + b",".join([b'"a":1'] * (SIZE // 6)) + b"}",
    "many keys, one twice": b"{" + b",".join(b'"k%d":1' % (n % 20000) for n in range(20001)) + b"}",
    "white space": b'{"a"' + b" " * SIZE + b":1}",
    "quotes": b'["' + b'\\" :' * (SIZE // 4) + b'"]',
    "nulls": b"\x00" * SIZE,
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_hostile_bodies_cost_little(raw: bytes) -> None:
    """Nothing that fits the default body limit takes longer than a blink."""
    started = time.process_time()
    with contextlib.suppress(Unreadable):
        loads(raw)
    assert time.process_time() - started < 1.0


def test_an_ordinary_body_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times, addresses, phone numbers and nested objects do not need the slow reader."""
    monkeypatch.setattr(strict_json, "_read_every_token", None)
    body = {
        "at": "2026-03-04T12:00:00Z",
        "url": "https://a.example:1/",
        "phone": 15550100123,
        "of": [{"id": 1767} for _ in "ab"],
    }
    assert loads(orjson.dumps(body)) == body
