"""Retry-After in every form a server may write it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.retry_after import LONGEST, SHORTEST, retry_after

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5),
        (" 5 ", 5),
        ("1.5", 1.5),
        ("0", 1),
        ("3600", 3600),
        ("86400", 3600),
        ("999999999999999999", 3600),
        ("Sun, 22 Nov 2026 15:02:00 GMT", 120),
        ("Sunday, 22-Nov-26 15:02:00 GMT", 120),
        ("Sun Nov 22 15:02:00 2026", 120),
        ("Sun, 22 Nov 2026 15:02:00 -0000", 120),
        ("Sun, 22 Nov 2026 14:00:00 GMT", 1),
        ("Fri, 22 Nov 2126 15:00:00 GMT", 3600),
    ],
)
def test_both_forms_between_a_second_and_an_hour(value: str, seconds: float) -> None:
    """Seconds and the three HTTP date forms, clamped."""
    assert retry_after(value, now=NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "value", [None, "", "soon", "-5", "1e9", "٥", "9" * 5000, "nan", "Sun, 99 Nov 2026 15:02:00 GMT", "\x00", "1;2"]
)
def test_nonsense_means_nothing(value: str | None) -> None:
    """The backoff of our own decides then."""
    assert retry_after(value, now=NOW) is None


@given(
    st.text(max_size=60) | st.from_regex(r"[A-Za-z]{3}, \d{1,4} [A-Za-z]{3} \d{1,6} \d{1,3}:\d\d:\d\d [-+A-Z0-9]{1,6}")
)
def test_no_text_breaks_it(value: str) -> None:
    """Whatever the header says, the answer is None or within the limits."""
    delay = retry_after(value, now=NOW)
    assert delay is None or SHORTEST <= delay <= LONGEST
