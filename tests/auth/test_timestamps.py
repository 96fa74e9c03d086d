"""Signed timestamps: each unit reads what it writes."""

from datetime import timedelta

import pytest
from inbound import NOW

from gateway.auth.timestamps import Timestamp
from gateway.errors import NotAuthentic

SKEW = timedelta(minutes=5)


@pytest.mark.parametrize(
    ("options", "written"),
    [
        ({"unit": "s"}, "1772625600"),
        ({"unit": "ms"}, "1772625600000"),
        ({"unit": "iso8601"}, "2026-03-04T12:00:00Z"),
        ({"unit": "http-date"}, "Wed, 04 Mar 2026 12:00:00 GMT"),
        ({"format": "%Y-%m-%d %H:%M:%S"}, "2026-03-04 12:00:00"),
    ],
)
def test_a_unit_reads_what_it_writes(options: dict[str, str], written: str) -> None:
    """Written as the sender does, and within the window of the moment it was written for."""
    stamp = Timestamp.model_validate({"header": "X-Time", **options})
    assert stamp.write(NOW) == written
    stamp.check(written, NOW, timedelta(seconds=0))
    with pytest.raises(NotAuthentic, match="replay window"):
        stamp.check(written, NOW + SKEW + timedelta(milliseconds=1), SKEW)


@pytest.mark.parametrize("text", ["2026-03-04T13:00:00+01:00", "2026-03-04T12:00:00.000Z", "20260304T120000"])
def test_iso_moments_in_any_zone(text: str) -> None:
    """An offset counts; without one it is UTC."""
    Timestamp(header="X-Time", unit="iso8601").check(text, NOW, timedelta(0))


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("s", "9" * 16),
        ("s", " 1"),
        ("iso8601", "yesterday"),
        ("iso8601", "0001-01-01T00:00:00+14:00"),
        ("iso8601", "2026" * 30),
        ("http-date", "Wed, 04 Mar 2026 12:00:00 UTC"),
        ("http-date", "Wed, 99 Mar 2026 12:00:00 GMT"),
    ],
)
def test_an_unreadable_moment_is_not_authentic(unit: str, text: str) -> None:
    """Whatever stands there, no other error comes out."""
    with pytest.raises(NotAuthentic):
        Timestamp.model_validate({"header": "X-Time", "unit": unit}).check(text, NOW, SKEW)
