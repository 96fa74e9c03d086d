"""Numbers: how fast leads are called, what became of them and why not, each figure leading to its list."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from starlette.responses import Response

from gateway.ledger.figures import Figures, SampledCall, SampledEvent
from gateway.model import CallState, EventState, record
from gateway.web.console.charts import (
    columns_of,
    funnel_of,
    href,
    most_of,
    outcomes_of,
    percentile,
    reasons_of,
    span_of,
)
from gateway.web.console.page import Look, Page
from gateway.web.console.visit import Visit

SAMPLED = 1000  # calls whose source, rule, reason and seconds are read: what keeps the page quick
_SAMPLED_EVENTS = 500  # of each kind without a call


@record
class Period:
    """A choice of the page: how far back, and in how long stretches."""

    name: str
    span: timedelta
    step: timedelta


PERIODS: Mapping[str, Period] = {
    "24h": Period(name="24 hours", span=timedelta(hours=24), step=timedelta(hours=1)),
    "7d": Period(name="7 days", span=timedelta(days=7), step=timedelta(hours=6)),
    "30d": Period(name="30 days", span=timedelta(days=30), step=timedelta(days=1)),
}


async def show(visit: Visit) -> Response:
    """The figures of a period."""
    chosen = visit.query("period", "24h")
    period = PERIODS.get(chosen, PERIODS["24h"])
    until = _next_edge(visit.now, period.step)
    since, figures = until - period.span, Figures(visit.front.ledger.connection)
    edges = [since + number * period.step for number in range(period.span // period.step + 1)]
    counts, bars, calls, ignored, failed = await asyncio.gather(
        figures.counts(since, until),
        figures.bars(edges),
        figures.calls(since, until, limit=SAMPLED),
        figures.events(EventState.IGNORED, since, until, limit=_SAMPLED_EVENTS),
        figures.events(EventState.FAILED, since, until, limit=_SAMPLED_EVENTS),
    )
    seen = _seen_since(since, (calls, SAMPLED), (ignored, _SAMPLED_EVENTS), (failed, _SAMPLED_EVENTS))
    calls = [call for call in calls if call.at >= seen]
    without = [event for event in (*ignored, *failed) if event.at >= seen]
    seconds = [call.seconds for call in calls if call.seconds is not None]
    told = span_of(seen, until)
    return visit.page(
        "numbers.html",
        period=period,
        chosen=chosen if chosen in PERIODS else "24h",
        periods=PERIODS,
        funnel=funnel_of(counts),
        columns=columns_of(bars),
        most=most_of(bars),
        median=percentile(seconds, 0.5),
        slowest=percentile(seconds, 0.95),
        timed=len(seconds),
        calls_href=href({**span_of(since, until), "state": "calls"}),
        timed_href=href({**told, "state": CallState.PLACED}),
        outcomes=outcomes_of(calls, told),
        reasons=reasons_of(calls, without, told),
        seen=seen if seen > since else None,
        total=sum(counts.calls.values()),
        rung=counts.calls[CallState.PLACED],
    )


def _seen_since(since: datetime, *samples: tuple[Sequence[SampledCall] | Sequence[SampledEvent], int]) -> datetime:
    """From when on every sample holds everything: what is counted from there is what a list of it shows."""
    return max([since, *(sample[-1].at for sample, most in samples if len(sample) >= most)])


def _next_edge(now: datetime, step: timedelta) -> datetime:
    """The end of the stretch that is under way."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + ((now - midnight) // step + 1) * step


PAGE = Page(
    name="numbers", title="Numbers", path="/numbers", order=30, key="u", entries=(Look(path="/numbers", handler=show),)
)
