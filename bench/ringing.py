"""Section 2: from the webhook's scheduled instant to its request at the call API."""

import sys

from bench.figures import Section, Target
from bench.rounds import Bench
from bench.runs import dial_latencies, loaded, percentile, wait_until_dialled, warmed
from bench.systems import DIALGATE, UP, Stage, System

RATES = (5, 50, 200)
_SLOWEST = 1  # asked of who cannot keep up with any of them
_FEWEST = 40
_FEW = 20
_PATIENCE_SECONDS = 4.0
_OTHERS = ("Celery, prefork 16", "arq, 100 jobs", "Dramatiq, 2 × 8", "taskiq, 100")


def measure(bench: Bench) -> Section:
    """Open loop at three rates with a call API that answers at once."""
    section = Section(
        title="2. Webhook to dial",
        about="ms from the instant a webhook was scheduled to the arrival of its POST at the call API, which answers "
        "at once. No figure: the system did not keep up with that rate; one that keeps up with none is asked for 1/s.",
    )
    bench.each((DIALGATE, UP, *bench.peers), section, lambda system, stage: _one(bench, section, system, stage))
    return section


def _one(bench: Bench, section: Section, system: System, stage: Stage) -> None:
    warmed(system, stage, bench.far, count=50)
    for rate in RATES:
        if not _keeps_up(bench, section, system, stage, rate, fewest=_FEWEST):
            if rate == RATES[0]:
                wait_until_dialled(bench.far, sys.maxsize, patience=_PATIENCE_SECONDS)  # until its backlog is gone
                _keeps_up(bench, section, system, stage, _SLOWEST, fewest=_FEW)
            return


def _keeps_up(bench: Bench, section: Section, system: System, stage: Stage, rate: int, *, fewest: int) -> bool:
    """One rate's figures, if there are any to be had of this system."""
    bench.far.forget()
    load = loaded(system, stage, count=max(fewest, int(rate * bench.seconds)), rate=rate)
    arrived = wait_until_dialled(bench.far, load.answered, patience=_PATIENCE_SECONDS)
    latencies = dial_latencies(load, bench.far)
    if arrived < load.answered or not latencies or percentile(latencies, 0.5) > 1000 * _PATIENCE_SECONDS / 4:
        section.note(f"{system.name} does not keep up with {rate}/s.")
        return False
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        section.add(system.name, f"{name} at {rate}/s", percentile(latencies, share))
    return True


def targets(section: Section) -> list[Target]:
    """What the section is held against."""
    p50, p99 = (section.of(DIALGATE.name, f"{name} at 50/s") for name in ("p50", "p99"))
    p50_at_5 = section.of(DIALGATE.name, "p50 at 5/s")
    return [
        Target(name="webhook to dial p50 at 50/s, 4 ms", ours=p50, against=4.0, most=1),
        Target(name="webhook to dial p99 at 50/s, 8 ms", ours=p99, against=8.0, most=1),
        *(
            Target(
                name=f"webhook to dial p50 at 50/s, {other}", ours=p50, against=section.of(other, "p50 at 50/s"), most=1
            )
            for other in _OTHERS
        ),
        Target(
            name=f"plain RQ's p50 at {_SLOWEST}/s over ours at 5/s",
            ours=section.of("FastAPI + RQ", f"p50 at {_SLOWEST}/s"),
            against=p50_at_5,
            least=15,
        ),
        *(
            Target(
                name=f"dialgate up, webhook to dial {name} at 50/s, Node-RED",
                ours=section.of(UP.name, f"{name} at 50/s"),
                against=section.of("Node-RED", f"{name} at 50/s"),
                most=1.3,
            )
            for name in ("p50", "p99")
        ),
    ]
