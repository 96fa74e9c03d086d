"""Section 1: how fast webhooks are accepted, and how long a sender waits."""

from bench.figures import Section, Target
from bench.limits.registry import LIMITS, SHARED
from bench.rounds import Bench
from bench.runs import Load, loaded, warmed
from bench.systems import ALONE, DIALGATE, TWO_ALONE, Stage, System

MAX = "accept/s, 32 connections"
RECEIVER_CPU = "receiver's CPU µs"
NODE_RED, WEBHOOK = "Node-RED", "adnanh/webhook + curl"
DURABLE = ("FastAPI + RQ", "RQ SimpleWorker", "Celery, prefork 16", "arq, 100 jobs", "Dramatiq, 2 × 8", "taskiq, 100")
_RATES = (50, 500)
_MOST_PER_SECOND = 40_000


def measure(bench: Bench) -> Section:
    """Open loop at two rates, then a closed loop; the workers run, but for those named alone."""
    section = Section(
        title="1. Accept",
        about="Open loop: latency from the scheduled instant, ms. Closed loop: 32 connections. "
        "Workers and call API run on the same cores, but for receivers alone and the bare limits. CPU: of all receiver "
        "processes together.",
    )
    systems = (DIALGATE, ALONE, TWO_ALONE, *bench.peers, *LIMITS)
    bench.each(systems, section, lambda system, stage: _one(bench, section, system, stage))
    return section


def _one(bench: Bench, section: Section, system: System, stage: Stage) -> None:
    warmed(system, stage, bench.far)
    for rate in _RATES:
        load = loaded(system, stage, count=int(rate * bench.seconds), rate=rate)
        section.add(system.name, f"p50 at {rate}/s", load.p50)
        section.add(system.name, f"p99 at {rate}/s", load.p99)
        _refused(section, system, load, f"{rate}/s")
    count = int(_most(system) * bench.seconds)
    load = loaded(system, stage, count=count, seconds=bench.seconds)
    section.add(system.name, MAX, load.per_second)
    section.add(system.name, RECEIVER_CPU, load.receiver_us)
    _refused(section, system, load, "the closed loop")


def _most(system: System) -> int:
    return _MOST_PER_SECOND if system in {*LIMITS} - {SHARED} else 12_000


def _refused(section: Section, system: System, load: Load, where: str) -> None:
    if load.refused:
        section.note(f"{system.name} refused or left unanswered {load.refused} requests at {where}: {load.statuses}.")


def targets(section: Section) -> list[Target]:
    """What the section is held against."""
    ours, alone = section.of(DIALGATE.name, MAX), section.of(ALONE.name, MAX)
    ways = (("", DIALGATE), (" alone", ALONE))  # with the workers on the same cores, and without
    return [
        Target(name="accept/s, best durable Python peer", ours=ours, against=section.best(DURABLE, MAX), least=2.5),
        Target(name="accept/s, Node-RED (keeps nothing)", ours=ours, against=section.of(NODE_RED, MAX), least=2),
        Target(name="accept/s, adnanh/webhook (keeps nothing)", ours=ours, against=section.of(WEBHOOK, MAX), least=1),
        Target(name="accept/s alone, shared EVALSHA", ours=alone, against=section.of(SHARED.name, MAX), least=0.6),
        *(
            Target(
                name=f"accept p99 at {rate}/s{way}, 4 ms",
                ours=section.of(system.name, f"p99 at {rate}/s"),
                against=4.0,
                most=1,
            )
            for way, system in ways
            for rate in _RATES
        ),
    ]
