"""Times as people read them."""

from datetime import UTC, datetime

import pytest

from gateway.cli.moments import clock, instant, short, span_between
from gateway.cli.screen import CommandFailed

NOON = "2026-11-23T12:00:00Z"


@pytest.mark.parametrize(
    ("later", "span"),
    [
        ("2026-11-23T12:00:00.041Z", "+0.041s"),
        ("2026-11-23T12:03:10Z", "+3m10s"),
        ("2026-11-23T14:03:10Z", "+2h3m10s"),
        ("2026-11-25T15:00:00Z", "+2d3h"),
        ("soon", ""),
    ],
)
def test_spans_are_short(later: str, span: str) -> None:
    """Milliseconds where they matter, days where they do."""
    assert span_between(NOON, later) == span


def test_instants_are_shown_in_utc() -> None:
    """Whatever zone they are written in; other text stays."""
    assert short("2026-11-23T12:00:00+02:00") == "2026-11-23 10:00:00"
    assert clock("2026-11-23T12:00:00.5+02:00") == "10:00:00.500"
    assert (short(None), short("x"), clock("x")) == ("", "x", "x")


def test_a_typed_instant_without_zone_is_utc() -> None:
    """And what is no instant is a wrong command line."""
    assert instant("2026-11-23T12:00:00") == datetime(2026, 11, 23, 12, tzinfo=UTC)
    with pytest.raises(CommandFailed):
        instant("noon")
