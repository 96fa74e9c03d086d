"""Section 3: calls a second with a call API that takes its time, and what a call costs."""

from bench.figures import Section, Target
from bench.rounds import Bench
from bench.runs import drained, warmed
from bench.systems import DIALGATE, TWO_WORKERS, Stage, System

DELAYS_MS = (0, 300, 2000)
_MOST_PER_SECOND = {0: 1500, 300: 1000, 2000: 500}
_ENOUGH = 15_000


def measure(bench: Bench) -> Section:
    """A burst is accepted while the workers stand still; then it is drained."""
    section = Section(
        title="3. Calls a second, CPU and memory",
        about="A burst is accepted, then drained. CPU ms a call: every part but call API and load, accepting included. "
        "MB: PSS of every part but Redis, idle and at most. KB: growth per request in flight at most.",
    )
    for delay in DELAYS_MS:

        def one(system: System, stage: Stage, delay: int = delay) -> None:
            _one(bench, section, system, stage, delay)

        bench.each((DIALGATE, TWO_WORKERS, *bench.peers), section, one)
    return section


def _one(bench: Bench, section: Section, system: System, stage: Stage, delay: int) -> None:
    warmed(system, stage, bench.far, count=50)
    bench.far.delay(delay)
    calls = min(_ENOUGH, int(_MOST_PER_SECOND[delay] * bench.seconds))
    drain = drained(system, stage, bench.far, calls=calls, seconds=bench.seconds * 4)
    section.add(system.name, f"calls/s, {delay} ms", drain.per_second)
    section.add(system.name, f"in flight, {delay} ms", drain.in_flight)
    if delay == 300:
        section.add(system.name, "CPU ms a call", drain.cpu_ms)
        section.add(system.name, "MB idle", drain.idle_mb)
        section.add(system.name, "MB at most", drain.peak_mb)
    if delay == 2000 and drain.in_flight:
        section.add(system.name, "KB in flight", (drain.peak_mb - drain.idle_mb) * 1000 / drain.in_flight)
    if drain.rung_twice:
        section.note(f"{system.name} rang {drain.rung_twice} people twice.")
    bench.far.delay(0)


def targets(section: Section) -> list[Target]:
    """What the section is held against."""
    one, two = (section.of(system.name, "calls/s, 300 ms") for system in (DIALGATE, TWO_WORKERS))
    red, red_at_once = (section.of("Node-RED", f"calls/s, {delay} ms") for delay in (300, 0))
    return [
        Target(name="calls/s, 300 ms, one worker: 1,400", ours=one, against=1400.0, least=1),
        Target(name="calls/s, 300 ms, two workers: 2,000", ours=two, against=2000.0, least=1),
        Target(name="calls/s, 300 ms, Node-RED", ours=one, against=red, least=1),
        Target(
            name="calls/s, 300 ms, plain RQ", ours=one, against=section.of("FastAPI + RQ", "calls/s, 300 ms"), least=500
        ),
        Target(
            name="calls/s, 0 ms, Node-RED",
            ours=section.of(DIALGATE.name, "calls/s, 0 ms"),
            against=red_at_once,
            least=1,
        ),
        Target(name="CPU a call, 1.0 ms", ours=section.of(DIALGATE.name, "CPU ms a call"), against=1.0, most=1),
        Target(name="memory in flight, 40 KB", ours=section.of(DIALGATE.name, "KB in flight"), against=40.0, most=1),
    ]
