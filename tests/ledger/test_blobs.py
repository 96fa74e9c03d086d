"""Bodies and payloads as they are stored: never larger than they were by more than a byte, and the same again."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.packing import carried, pack, seal, unpack, unseal

SEALED = "018b26e062b8c5388d061a0200"


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


def test_what_was_sealed_once_can_be_read_for_good() -> None:
    """The words known beforehand are part of every record: were one changed, what is stored could not be read."""
    stored = bytes.fromhex(SEALED)
    assert unseal(stored) == [{"guard": "hours", "allow": True, "facts": {"zones": "America/New_York"}}]


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
