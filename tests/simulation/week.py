"""A week of leads in minutes, on a clock that only moves when told to: `make week SEED=… LEADS=…`.

The product's own stages on a real ledger; the senders, the people and the phones are invented. Judged by what
rang at the far end and by hours written down anew (lawful.py), never by the product's own account.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from simulation.arrivals import START, WEEK, Arrival, arrivals
from simulation.desk import Desk
from simulation.far_end import FarEnd
from simulation.posts import request_of

from gateway import guards, pipeline
from gateway.ledger import Ledger
from gateway.model import Accepted
from gateway.parts import Receiver, Ringer
from gateway.rules.loading import load
from gateway.rules.rulebook import Rulebook
from workers.accounts import probe_stopped_accounts

CONFIG = Path(__file__).parent / "week.yaml"
TOKEN = "15c94c3c-1873-4a09-bfbb-03357c29ea50.week"
SWEEP_EVERY = timedelta(minutes=5)
DRAIN = timedelta(days=4)
AT_ONCE = 40


@dataclass
class Clock:
    """The week's time."""

    at: datetime = START

    def __call__(self) -> datetime:
        """The time now."""
        return self.at


@dataclass
class Week:
    """What was posted, what each post was answered, and where everything stands."""

    seed: int
    posted: Sequence[Arrival]
    rulebook: Rulebook
    ledger: Ledger
    far_end: FarEnd
    clock: Clock
    answers: dict[str, Accepted] = field(default_factory=dict)  # by arrival's id; the sender's retries apart
    repeats: int = 0  # answers that named an event which was there
    by_event: dict[str, Arrival] = field(default_factory=dict)
    decided: Mapping[tuple[str, str], int] = field(default_factory=dict)  # held calls, by reason and the desk's order


async def simulate(ledger: Ledger, *, seed: int, leads: int, show: bool = False) -> Week:
    """Live through the week, then on until nothing waits any more."""
    random, clock = Random(seed), Clock()
    posted = arrivals(random, leads)
    far_end = FarEnd(now=clock, contacts={one.person.phone: one.person.contact_id for one in posted})
    rulebook = load(CONFIG, {"TOKEN": TOKEN})
    week = Week(seed=seed, posted=posted, rulebook=rulebook, ledger=ledger, far_end=far_end, clock=clock)
    receiver = Receiver(
        ledger=ledger, rulebook=lambda: rulebook, wake=lambda _: None, now=clock, random=random.randbytes
    )
    ringer = Ringer(
        ledger=ledger,
        rulebook=lambda: rulebook,
        dialer=far_end,
        guards=guards.load_guards(),
        now=clock,
        monotonic=lambda: clock().timestamp(),
        jitter=random.random,
    )
    await _live(week, receiver, ringer, show=show)
    return week


async def _live(week: Week, receiver: Receiver, ringer: Ringer, *, show: bool) -> None:
    desk, coming = Desk(week.ledger), iter(week.posted)
    week.decided = desk.decided
    arrival, end = next(coming, None), START + WEEK + DRAIN
    next_sweep, next_due, shown = START, START, START
    while week.clock.at < end:
        if arrival is None and await desk.nothing_waits():
            return
        moments = (next_sweep, desk.next_order, next_due, arrival.at if arrival else end)
        week.clock.at = max(week.clock.at, min(moments))
        while arrival is not None and arrival.at <= week.clock.at:
            await _post(week, receiver, arrival)
            arrival = next(coming, None)
        await desk.act(week.clock.at)
        if week.clock.at >= next_sweep:
            next_sweep = await _sweep(week, ringer)
        next_due = await _ring_what_is_due(week, ringer) or end
        if show and week.clock.at - shown >= timedelta(days=1):
            shown = week.clock.at
            print(f"  {shown:%a %H:%M}: {len(week.by_event)} events, {len(week.far_end.rings)} rings", flush=True)  # noqa: T201 - progress, for a person


async def _post(week: Week, receiver: Receiver, arrival: Arrival) -> None:
    source = week.rulebook.sources[arrival.source]
    (answer,) = await pipeline.receive(receiver, source, request_of(arrival, source))
    if answer.duplicate:
        week.repeats += 1
    else:
        week.by_event[answer.event_id] = arrival
    week.answers.setdefault(arrival.id, answer)


async def _sweep(week: Week, ringer: Ringer) -> datetime:
    await week.ledger.sweeps.sweep(now=week.clock.at)
    await probe_stopped_accounts(ringer)
    return week.clock.at + SWEEP_EVERY


async def _ring_what_is_due(week: Week, ringer: Ringer) -> datetime | None:
    """Ring everything that may ring now; when to look again."""
    while True:
        claims = await week.ledger.dials.claim("week", limit=AT_ONCE, now=week.clock.at, lease=ringer.timing.lease)
        if not claims.calls:
            return None if claims.next_due is None else max(claims.next_due, week.clock.at + timedelta(milliseconds=1))
        await asyncio.gather(*(pipeline.ring(ringer, call) for call in claims.calls))
