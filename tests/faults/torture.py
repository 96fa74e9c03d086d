"""Kill everything at random under load and count rings at the far end: `make torture SEED=… SECONDS=…`."""

import argparse
import random
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from faults import recorded
from faults.control.product import CONTROL, control_states
from faults.rig import DIALGATE, Rig, answers, rig
from faults.schedule import schedule
from faults.storm import Storm
from faults.verdict import MOVING, Verdict, judge
from waiting import eventually

DRAIN_SECONDS = 120.0
CONTROL_DRAIN_SECONDS = 60.0  # what RQ has not found again by then, it finds after ten minutes if ever
States = Callable[[Rig], dict[str, str]]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One storm and what it left."""

    product: str
    seed: int
    seconds: float
    drained_in: float
    leads: int
    posts: int
    blows: dict[str, int]
    far_end: dict[str, int]
    wrong: tuple[str, ...]  # answers that no sender should ever hear
    verdict: Verdict

    @property
    def kept(self) -> bool:
        """Whether every promise held and every lead was accepted in the end."""
        return self.verdict.kept and self.verdict.accepted == self.leads and not self.wrong


def dialgate_states(running: Rig) -> dict[str, str]:
    """Every lead's state by the ledger."""
    return {whom: call.state.value for whom, call in running.calls().items()}


def dialgate(processes: int) -> Mapping[str, tuple[str, ...]]:
    """Our parts, with so many receiver processes behind the port."""
    return DIALGATE | {"serve": (*DIALGATE["serve"], "--processes", str(processes))}


def torture(seed: int, seconds: float, *, control: bool = False, per_second: float = 15.0, processes: int = 1) -> Run:
    """One seed's storm on Dialgate, with so many receiver processes, or on the control, drained and judged."""
    plan = schedule(seed, seconds, per_second=per_second, processes=processes)
    states: States = control_states if control else dialgate_states
    with rig(CONTROL if control else dialgate(processes), seed=seed) as running:
        storm = Storm(running, plan)
        senders = storm.rage()
        ended = time.monotonic()
        storm.wait_until(
            lambda: not MOVING & set(states(running).values()),
            seconds=CONTROL_DRAIN_SECONDS if control else DRAIN_SECONDS,
        )
        broken = () if control else audited(running)
        return Run(
            product="control" if control else "dialgate",
            seed=seed,
            seconds=seconds,
            drained_in=time.monotonic() - ended,
            leads=len(plan.posts),
            posts=senders.tries,
            blows=dict(storm.blows),
            far_end=running.tally(),
            wrong=tuple(senders.wrong),
            verdict=judge(senders.accepted, running.rings(), states(running), broken=broken),
        )


def audited(running: Rig) -> tuple[str, ...]:
    """The promises that the ledger's own audit finds broken."""
    eventually(lambda: answers(f"{running.url}/healthz"), seconds=30, message="the receiver is up")
    found = running.audit()["broken"]
    assert isinstance(found, list)
    return tuple(f"{one['name']}: {one['detail']}" for one in found)


def table(run: Run) -> str:
    """The figures as people read them."""
    verdict, far = run.verdict, run.far_end
    struck = ", ".join(f"{blow} {times}" for blow, times in sorted(run.blows.items()))
    states = ", ".join(f"{state} {number}" for state, number in sorted(verdict.states.items()))
    rows: dict[str, object] = {
        "leads accepted": f"{verdict.accepted} of {run.leads}, in {run.posts} posts",
        "blows": f"{sum(run.blows.values())}: {struck}",
        "call API": ", ".join(f"{word} {far.get(word, 0)}" for word in ("fine", "refused", "limited", "broken")),
        "states": states,
        "people rung": verdict.rung,
        "extra rings": verdict.extra_rings,
        "lost": verdict.lost,
        "still waiting": verdict.waiting,
        "unknown, rung": verdict.unknown_with_ring,
        "unknown, not rung": verdict.unknown_without_ring,
        "contradictions": "; ".join((str(len(verdict.contradictions)), *verdict.contradictions[:5])),
        "audit": "; ".join(verdict.broken) or "nothing broken",
        "wrong answers": "; ".join((str(len(run.wrong)), *run.wrong[:3])),
        "drained in": f"{run.drained_in:.0f} s",
    }
    if run.product == "control":  # it keeps no record that could contradict anything
        del rows["contradictions"], rows["audit"]
    head = f"{run.product}, seed {run.seed}, {run.seconds:.0f} s"
    return "\n".join((head, *(f"  {name:18} {value}" for name, value in rows.items()), ""))


def main() -> int:
    """0 when Dialgate kept every promise; with --control, 0 when the control did not: else the run proves nothing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=15.0, help="leads a second, on average")
    parser.add_argument("--processes", type=int, default=1, help="receiver processes behind the port")
    parser.add_argument("--control", action="store_true", help="the same storm on a plain receiver with RQ and Retry")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    run = torture(
        options.seed, options.seconds, control=options.control, per_second=options.rate, processes=options.processes
    )
    sys.stdout.write(table(run))
    good = bool(run.verdict.extra_rings or run.verdict.lost) if options.control else run.kept
    recorded.write(options.json, good, asdict(run))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
