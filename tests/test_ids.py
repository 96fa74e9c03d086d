"""Identifiers sort by time, repeat only when derived, and never confuse where one part ends."""

import hashlib
import os
import re
from base64 import b32hexencode
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.ids import derived_id, digest, earlier_derived_id, new_id

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def test_new_ids_sort_by_time() -> None:
    """A later id is greater as text, whatever the random part is."""
    earlier = new_id("dl", now=NOON, random=lambda size: b"\xff" * size)
    later = new_id("dl", now=NOON + MILLISECOND, random=lambda size: b"\x00" * size)
    assert earlier < later


@given(st.binary(min_size=9, max_size=9), st.integers(0, 10**12))
def test_a_new_id_is_its_instant_and_its_draws(drawn: bytes, later: int) -> None:
    """In base32hex, as the standard library writes it: ids of earlier releases stand among the same."""
    now = NOON + later * MILLISECOND
    stamp = int(now.timestamp() * 1000).to_bytes(6, "big")
    assert new_id("dl", now=now, random=lambda _: drawn) == "dl_" + b32hexencode(stamp + drawn).decode().lower()


@given(st.lists(st.text() | st.binary(), max_size=4))
def test_a_digest_is_of_each_part_behind_its_length(parts: list[str | bytes]) -> None:
    """Ids and keys that stand in a ledger are found again by it, so it never changes."""
    hashed = hashlib.sha256()
    for part in parts:
        raw = part if isinstance(part, bytes) else part.encode()
        hashed.update(len(raw).to_bytes(8, "big") + raw)
    assert digest(*parts) == hashed.hexdigest()


def test_new_ids_of_one_instant_differ() -> None:
    """Two ids made in the same millisecond are not the same."""
    assert len({new_id("dl", now=NOON, random=os.urandom) for _ in range(1000)}) == 1000


@given(st.lists(st.text(), min_size=1, max_size=4), st.lists(st.text(), min_size=1, max_size=4))
def test_digests_keep_parts_apart(left: list[str], right: list[str]) -> None:
    """Two lists of parts have one digest only if they are the same list: ("ab","c") is not ("a","bc")."""
    assert (digest(*left) == digest(*right)) == (left == right)


def test_derived_ids_repeat() -> None:
    """The same parts always give the same id, text or bytes, lone surrogates included."""
    assert derived_id("call", "ev_1", "demo", "0") == derived_id("call", "ev_1", "demo", "0")
    assert digest("a") == digest(b"a")
    assert digest("\ud800")


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_derived_ids_are_short_and_safe(parts: list[str]) -> None:
    """100 bits in lower-case letters and digits: no colon, nothing that changes with case, in the digest's order."""
    name = derived_id("call", *parts)
    assert re.fullmatch(r"call_[0-9a-v]{20}", name)
    assert int(name.removeprefix("call_"), 32) == int(digest(*parts), 16) >> 156


def test_earlier_ids_stay_as_they_were() -> None:
    """A replay of what 0.1.0 accepted must find the call it made, not make another."""
    assert earlier_derived_id("call", "ev_1", "demo", "0") == "call_" + digest("ev_1", "demo", "0")[:32]
