"""Bodies and payloads as they are stored: never larger than they were by more than a byte, and the same again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.decoding import unpack
from gateway.ledger.encoding import pack


@given(st.binary(max_size=300), st.integers(1, 60))
def test_what_is_packed_is_the_same_again(part: bytes, times: int) -> None:
    """Whatever the bytes, and however many: small ones and large ones are compressed differently, read alike."""
    raw = part * times
    assert unpack(pack(raw)) == raw
    assert len(pack(raw)) <= len(raw) + 1


@pytest.mark.parametrize("size", [1000, 4096, 4097, 100_000])
def test_text_becomes_much_smaller(size: int) -> None:
    """Most of a webhook is names that come again."""
    raw = (b'{"name": "question", "value": "answer"},' * (size // 40 + 1))[:size]
    assert len(pack(raw)) < size / 8
