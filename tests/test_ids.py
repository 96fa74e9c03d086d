"""Identifiers sort by time, repeat only when derived, and never confuse where one part ends."""

import os
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.ids import derived_id, digest, new_id

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def test_new_ids_sort_by_time() -> None:
    """A later id is greater as text, whatever the random part is."""
    earlier = new_id("dl", now=NOON, random=lambda size: b"\xff" * size)
    later = new_id("dl", now=NOON + MILLISECOND, random=lambda size: b"\x00" * size)
    assert earlier < later


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
