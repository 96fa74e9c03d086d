"""Bodies and payloads as they are stored: never larger than they were by more than a byte, and the same again."""

import zlib
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.packing import carried, pack, seal, unpack, unseal

SEALED = ("018b26e062b8c5388d061a0200", "0220458d0000187d7d5d047c00b682d42c63b43a0b0b1b")
BODY = b'{"name": "question", "value": "answer"}' * 9


@given(st.binary(max_size=300), st.integers(1, 60))
def test_what_is_packed_is_the_same_again(part: bytes, times: int) -> None:
    """Whatever the bytes, and however many: small ones and large ones are compressed differently, read alike."""
    raw = part * times
    assert unpack(pack(raw)) == raw
    assert len(pack(raw)) <= len(raw) + 1


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(), st.lists, max_leaves=20))
def test_what_is_sealed_is_the_same_again(value: object) -> None:
    """Whatever JSON can hold; and what an earlier release wrote as plain JSON is read like it."""
    assert unseal(seal(value)) == value
    assert unseal(orjson.dumps(value)) == value


@pytest.mark.parametrize("stored", SEALED)
def test_what_was_sealed_once_can_be_read_for_good(stored: str) -> None:
    """The words known beforehand are part of every record: were one changed, what is stored could not be read."""
    assert unseal(bytes.fromhex(stored)) == [{"guard": "hours", "allow": True, "facts": {"zones": "America/New_York"}}]


@pytest.mark.parametrize("compressed", [zlib.compress(BODY, 1), zlib.compress(BODY, 9)])
def test_what_zlib_packed_is_read(compressed: bytes) -> None:
    """Bodies and payloads that an earlier release stored."""
    assert unpack(b"z" + compressed) == BODY


def test_threads_seal_and_read_at_once() -> None:
    """What compresses is kept by each thread for itself: together they give what one alone gives."""
    values = [{"n": n, "text": "lead " * (n % 50)} for n in range(400)]
    with ThreadPoolExecutor(4) as threads:
        read = list(threads.map(lambda value: (unseal(seal(value)), unpack(pack(BODY * 3))), values))
    assert read == [(value, BODY * 3) for value in values]


def test_bytes_stand_behind_the_json_that_names_them() -> None:
    """In place of each its number, from 1, in the order of the JSON; anything else that JSON cannot hold is refused."""
    sent = carried({"a": b"\xff", "b": [b"", {"c": b"z"}]})
    assert (orjson.loads(sent.text), sent.blobs) == ({"a": 1, "b": [2, {"c": 3}]}, (b"\xff", b"", b"z"))
    with pytest.raises(TypeError):
        carried({"a": object()})


@pytest.mark.parametrize("size", [1000, 4096, 4097, 100_000])
def test_text_becomes_much_smaller(size: int) -> None:
    """Most of a webhook is names that come again."""
    raw = (b'{"name": "question", "value": "answer"},' * (size // 40 + 1))[:size]
    assert len(pack(raw)) < size / 8
