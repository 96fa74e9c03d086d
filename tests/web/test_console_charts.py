"""Figures before they are drawn: percentiles, shares, and that nothing is counted twice."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.ledger.figures import Bar, SampledCall
from gateway.model import CallState
from gateway.web.console.charts import columns_of, most_of, outcomes_of, percentile

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "part", "value"),
    [([], 0.5, None), ([3.0], 0.95, 3.0), ([4.0, 1.0, 2.0], 0.5, 2.0), ([float(n) for n in range(1, 101)], 0.95, 95.0)],
)
def test_a_percentile_is_a_value_that_was_seen(seconds: list[float], part: float, value: float | None) -> None:
    """So many of them are not above it; of none there is none."""
    assert percentile(seconds, part) == value


def test_columns_fill_the_chart_and_never_leave_it() -> None:
    """The highest is as high as the chart; a chart without calls has flat columns, and divides by nothing."""
    hour = timedelta(hours=1)
    bars = [Bar(since=NOON + n * hour, until=NOON + (n + 1) * hour, calls=4 * n, rung=n) for n in range(3)]
    columns = columns_of(bars)
    assert [column.rung + column.rest for column in columns] == [0, 50, 100]
    assert all(column.x >= 0 and column.x + column.width <= 100 for column in columns)
    assert [column.rest for column in columns_of(bars[:1])] == [0]
    assert (most_of(bars), most_of(())) == (8, 0)


def test_each_state_stands_in_one_column_of_outcomes() -> None:
    """Whatever a call's state, it is counted once: a call under way is on the way, and in no other column."""
    for state in CallState:
        call = SampledCall(at=NOON, source="crm", rule="demo", state=state, reason=None, seconds=None)
        [one] = outcomes_of([call], {})
        assert [one.rung, one.on_the_way, one.in_doubt, one.not_called].count(1) == 1, state
