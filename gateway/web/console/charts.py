"""Figures made ready to draw: what a chart or a table shows, and where each figure leads."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from math import ceil
from urllib.parse import urlencode

from gateway.ledger.figures import Bar, Counts, SampledCall, SampledEvent
from gateway.model import CallState, EventState, record
from gateway.reasons import Reason
from gateway.web.console.wanted import GROUPS

_NOT_A_NO = frozenset({Reason.PLACED, Reason.RESOLVED_PLACED})


@record
class Stage:
    """One stage of the funnel; `share` of the first, from 0 to 1; `href` leads to its leads."""

    name: str
    explained: str
    count: int
    share: float
    href: str


@record
class Column:
    """One stretch of the chart, in parts of its height; `href` leads to its calls, `rung_href` to those that rang."""

    bar: Bar
    x: float
    width: float
    rung: float
    rest: float
    href: str
    rung_href: str


@record
class Outcome:
    """What became of the calls of one source and rule."""

    source: str
    rule: str
    calls: int
    rung: int
    on_the_way: int
    in_doubt: int
    not_called: int
    href: str


@record
class Why:
    """How often a reason stands at the end of a lead."""

    reason: Reason
    count: int
    share: float
    href: str


def percentile(seconds: Sequence[float], part: float) -> float | None:
    """The value that `part` of them do not exceed; None of none."""
    ordered = sorted(seconds)
    return ordered[ceil(part * len(ordered)) - 1] if ordered else None


def funnel_of(counts: Counts) -> list[Stage]:
    """Accepted → matched → lawful → rung. The first two count events, the others calls."""
    out = sum(counts.calls[state] for state in GROUPS["let_out"][1])
    matched = counts.events[EventState.MATCHED]
    span = span_of(counts.since, counts.until)
    stages = (
        ("accepted", "events your senders sent, each once", sum(counts.events.values()), span),
        ("matched", "events that a rule wants a call for", matched, {**span, "state": EventState.MATCHED}),
        ("lawful", "calls that every guard let out", out, {**span, "state": "let_out"}),
        ("rung", "calls that the call API placed", counts.calls[CallState.PLACED], {**span, "state": CallState.PLACED}),
    )
    most = max((stage[2] for stage in stages), default=0) or 1
    return [
        Stage(name=name, explained=explained, count=count, share=count / most, href=href(told))
        for name, explained, count, told in stages
    ]


def most_of(bars: Sequence[Bar]) -> int:
    """How many calls the highest column stands for."""
    return max((bar.calls for bar in bars), default=0)


def columns_of(bars: Sequence[Bar]) -> list[Column]:
    """The columns of the chart in a space of 100 by 100; the highest fills it."""
    most, width = most_of(bars) or 1, 100 / max(1, len(bars))
    return [
        Column(
            bar=bar,
            x=round(place * width + width * 0.12, 3),
            width=round(width * 0.76, 3),
            rung=round(100 * bar.rung / most, 3),
            rest=round(100 * (bar.calls - bar.rung) / most, 3),
            href=href({**span_of(bar.since, bar.until), "state": "calls"}),
            rung_href=href({**span_of(bar.since, bar.until), "state": CallState.PLACED}),
        )
        for place, bar in enumerate(bars)
    ]


def outcomes_of(calls: Sequence[SampledCall], told: Mapping[str, str]) -> list[Outcome]:
    """By source and rule, the largest first. `told`: the span they are of, as in an address."""
    by_pair: defaultdict[tuple[str, str], Counter[CallState]] = defaultdict(Counter)
    for call in calls:
        by_pair[call.source, call.rule][call.state] += 1
    found = [_outcome(source, rule, states, told) for (source, rule), states in by_pair.items()]
    return sorted(found, key=lambda one: (-one.calls, one.source, one.rule))


def reasons_of(calls: Sequence[SampledCall], events: Sequence[SampledEvent], told: Mapping[str, str]) -> list[Why]:
    """Why leads did not ring, or not yet, the commonest first."""
    given = [*(call.reason for call in calls), *(event.reason for event in events)]
    found = Counter(reason for reason in given if reason is not None and reason not in _NOT_A_NO)
    most = max(found.values(), default=1)
    return [
        Why(reason=reason, count=count, share=count / most, href=href({**told, "reason": reason.value}))
        for reason, count in found.most_common()
    ]


def href(told: Mapping[str, str]) -> str:
    """The address of a list, after /console."""
    return f"/find?{urlencode(told)}"


def _outcome(source: str, rule: str, states: Counter[CallState], told: Mapping[str, str]) -> Outcome:
    groups = {name: sum(states[state] for state in meant) for name, (_, meant) in GROUPS.items()}
    return Outcome(
        source=source,
        rule=rule,
        calls=states.total(),
        rung=states[CallState.PLACED],
        on_the_way=groups["on_the_way"],
        in_doubt=groups["in_doubt"],
        not_called=groups["not_called"],
        href=href({**told, "source": source, "rule": rule}),
    )


def span_of(since: datetime, until: datetime) -> dict[str, str]:
    """A span as the address of a list has it."""
    return {"since": since.isoformat(), "until": until.isoformat()}
