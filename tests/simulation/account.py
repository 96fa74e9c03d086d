"""Every lead of the week, accounted for: what the ledger says became of it, beside what rang at the far end."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulation.checks import Heard, broken_promises
from simulation.week import Week

from gateway.ledger.records import Call, CallFilter
from gateway.model import CallState

ENDS = {state.value for state in CallState} - {"READY", "CLAIMED", "DIALING"}


@dataclass(frozen=True)
class Account:
    """The week's sums. `fates` counts calls by state and reason, `opt_outs` events that were opt-outs."""

    seed: int
    posted: Mapping[str, int]  # by kind
    repeats: int
    events: int
    opt_outs: int
    fates: Mapping[tuple[str, str], int]
    by_source: Mapping[tuple[str, str], int]
    decided: Mapping[tuple[str, str], int]  # by why they were held, and what the desk ordered
    rings: int
    broken: Sequence[str]


async def account_of(week: Week) -> Account:
    """Read everything back and hold it against what was posted and what rang."""
    calls = await _calls(week)
    heard = [Heard(ring=ring, lead=week.by_event[calls[ring.call_id].event_id]) for ring in week.far_end.rings]
    broken = [*broken_promises(heard, week.posted), *_unaccounted(week, calls), *_contradicted(week, calls)]
    audit = await week.ledger.audit.recount(now=week.clock.at)
    broken += [f"audit: {one.name}: {one.detail}" for one in audit.broken]
    return Account(
        seed=week.seed,
        posted=Counter(arrival.kind for arrival in week.posted),
        repeats=week.repeats,
        events=len(week.by_event),
        opt_outs=sum(arrival.kind == "opt-out" for arrival in week.by_event.values()),
        fates=Counter((call.state.value, call.reason or "") for call in calls.values()),
        by_source=Counter((call.source, call.state.value) for call in calls.values()),
        decided=dict(week.decided),
        rings=len(heard),
        broken=broken,
    )


async def _calls(week: Week) -> Mapping[str, Call]:
    found: dict[str, Call] = {}
    cursor: str | None = None
    while True:
        page, cursor = await week.ledger.reads.calls(CallFilter(), limit=200, cursor=cursor)
        found |= {call.id: call for call in page}
        if cursor is None:
            return found


def _unaccounted(week: Week, calls: Mapping[str, Call]) -> list[str]:
    """Every post has an event or is a repeat of one; every event that asks for a call has one, and it has ended."""
    broken = []
    if len(week.posted) != len(week.by_event) + week.repeats:
        broken.append(f"lost: {len(week.posted)} posts, {len(week.by_event)} events, {week.repeats} repeats")
    called = Counter(call.event_id for call in calls.values())
    for event_id, arrival in week.by_event.items():
        expected = 0 if arrival.kind == "opt-out" else 1
        if called[event_id] != expected:
            broken.append(f"lost: {arrival.id} has {called[event_id]} calls, not {expected}")
    broken += [f"left in {call.state}: {call.id}" for call in calls.values() if call.state.value not in ENDS]
    return broken


def _contradicted(week: Week, calls: Mapping[str, Call]) -> list[str]:
    """A call rings at most once; PLACED did ring; nothing but PLACED and UNKNOWN did."""
    rung = Counter(ring.call_id for ring in week.far_end.rings)
    broken = [f"rang {times} times: {call_id}" for call_id, times in rung.items() if times > 1]
    for call in calls.values():
        if call.state is CallState.PLACED and not rung[call.id]:
            broken.append(f"PLACED without a ring: {call.id}")
        elif call.state not in {CallState.PLACED, CallState.UNKNOWN} and rung[call.id]:
            broken.append(f"{call.state} though it rang: {call.id}")
    return broken


def table(account: Account) -> str:
    """The account as people read it."""
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(account.posted.items()))
    lines = [
        f"simulated week, seed {account.seed}",
        f"  posted    {sum(account.posted.values())}: {kinds}",
        f"  events    {account.events}, and {account.repeats} repeats of one that was there",
        f"  opt-outs  {account.opt_outs}",
        f"  calls     {sum(account.fates.values())}",
    ]
    lines += [f"    {count:6}  {state:9} {reason}" for (state, reason), count in sorted(account.fates.items())]
    lines += [f"  held      {sum(account.decided.values())}, each decided by a person"]
    lines += [f"    {count:6}  {order:9} {reason}" for (reason, order), count in sorted(account.decided.items())]
    lines += [f"  rings     {account.rings}", f"  broken    {len(account.broken)}"]
    lines += [f"    {broken}" for broken in account.broken[:20]]
    return "\n".join(lines) + "\n"
