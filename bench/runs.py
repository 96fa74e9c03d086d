"""One measurement of one running system: load on, figures out."""

import itertools
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.processes import ROOT
from bench.systems import Far, Stage, System

_QUIET_SECONDS = 0.3


@dataclass(frozen=True, kw_only=True)
class Load:
    """What came of one load: requests answered 2xx a second, latencies in ms from their schedule, CPU in µs each."""

    run: str
    first: int
    answered: int
    refused: int
    statuses: Mapping[str, int]
    per_second: float
    p50: float
    p95: float
    p99: float
    cpu_us: float
    receiver_us: float
    generator_us: float
    scheduled: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Drain:
    """What came of calls being placed: calls a second, CPU in ms and memory in KB each, and in flight at most."""

    calls: int
    accepted: int
    rung_twice: int
    seconds: float
    per_second: float
    cpu_ms: float
    idle_mb: float
    peak_mb: float
    in_flight: int
    cpu_by_part: Mapping[str, float]


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def new_run() -> str:
    """A name of its own, so that nothing is a duplicate of an earlier run."""
    return uuid.uuid4().hex[:8]


_people = itertools.count()
_BLOCK = 1000


def next_people(count: int) -> int:
    """The first of as many people as nobody has had yet: a person rung in one run would be JOINED in the next."""
    blocks = [next(_people) for _ in range(-(-count // _BLOCK))]
    return blocks[0] * _BLOCK


def generate(**plan: object) -> dict[str, Any]:
    """Run the load generator as a process and wait for its result."""
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "bench.load", json.dumps(plan)], cwd=ROOT, check=True, stdout=subprocess.PIPE
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def loaded(
    system: System,
    stage: Stage,
    *,
    count: int,
    rate: float = 0.0,
    seconds: float = 0.0,
    connections: int = 32,
    insist: bool = False,
) -> Load:
    """Send webhooks to a running system. Without a rate: closed loop, as fast as the connections allow."""
    run, first = new_run(), next_people(count)
    before = stage.parts.cpu()
    result = generate(
        host="127.0.0.1",
        port=stage.port,
        path=system.path,
        run=run,
        first=first,
        count=count,
        rate=rate,
        seconds=seconds,
        connections=connections,
        insist=insist,
    )
    spent = {name: used - before.get(name, 0.0) for name, used in stage.parts.cpu().items()}
    return _load_of(run, first, result, spent)


def _load_of(run: str, first: int, result: Mapping[str, Any], spent: Mapping[str, float]) -> Load:
    """The generator's result and the CPU seconds of every part as figures."""
    fine = sum(number for status, number in result["statuses"].items() if status.startswith("2"))
    latencies = [latency / 1e6 for latency in result["latencies"]]
    each = max(1, result["answered"])
    return Load(
        run=run,
        first=first,
        answered=fine,
        refused=len(result["scheduled"]) - fine,
        statuses=result["statuses"],
        per_second=fine / result["seconds"],
        p50=percentile(latencies, 0.5),
        p95=percentile(latencies, 0.95),
        p99=percentile(latencies, 0.99),
        cpu_us=sum(spent.values()) / each * 1e6,
        receiver_us=spent.get("receiver", 0.0) / each * 1e6,
        generator_us=result["cpu_seconds"] / each * 1e6,
        scheduled=tuple(result["scheduled"]),
    )


def warmed(system: System, stage: Stage, far: Far, *, count: int = 50) -> None:
    """Returns once webhooks sent come out at the call API: every part runs and has its code loaded."""
    far.delay(0)
    far.forget()  # what an earlier system placed would count as this one's
    if not system.dials:
        loaded(system, stage, count=count)
        return
    for attempt in range(3):
        load = loaded(system, stage, count=count if attempt == 0 else 5)
        if wait_until_dialled(far, load.answered, patience=15) >= load.answered > 0:
            break
        far.forget()
    else:
        raise RuntimeError(f"{system.name} does not dial; see the logs in {stage.folder}")
    time.sleep(_QUIET_SECONDS)


def dial_latencies(load: Load, far: Far) -> list[float]:
    """Milliseconds from each webhook's schedule to its request at the call API."""
    prefix = load.run + "-"
    return [
        (instant - load.scheduled[int(contact.removeprefix(prefix)) - load.first]) / 1e6
        for contact, instant in far.first().items()
        if contact.startswith(prefix)
    ]


def wait_until_dialled(far: Far, calls: int, *, patience: float = 20.0) -> int:
    """Returns how many arrived once all did, or once none came for `patience` seconds."""
    arrived, since = -1, time.monotonic()
    while True:
        now = far.counts()["contacts"]
        if now >= calls:
            return now
        if now != arrived:
            arrived, since = now, time.monotonic()
        elif time.monotonic() - since > patience:
            return now
        time.sleep(0.05)


def drained(system: System, stage: Stage, far: Far, *, calls: int, seconds: float) -> Drain:
    """Calls a second once a burst is accepted: workers, where there are any, stand still until it is.

    Ends when every call was placed or `seconds` have passed: a slow system is measured by what it did until then.
    """
    far.forget()
    idle = _memory(stage)
    before, frozen = stage.parts.cpu(), stage.parts.freeze("worker")
    load = loaded(system, stage, count=calls, seconds=seconds, insist=True)
    began = time.monotonic_ns() if frozen else load.scheduled[0]
    stage.parts.thaw("worker")
    peak = _watch(stage, far, load.answered, seconds)
    time.sleep(_QUIET_SECONDS)
    spent = {name: used - before.get(name, 0.0) for name, used in stage.parts.cpu().items()}
    counts, placed = far.counts(), sum(contact.startswith(load.run) for contact in far.first())
    dialled = max(1, placed)
    took = max(1e-9, (counts["last"] - began) / 1e9)
    return Drain(
        calls=placed,
        accepted=load.answered,
        rung_twice=counts["requests"] - counts["contacts"],
        seconds=took,
        per_second=dialled / took,
        cpu_ms=sum(spent.values()) / dialled * 1e3,
        idle_mb=idle,
        peak_mb=peak,
        in_flight=counts["most_in_flight"],
        cpu_by_part={name: value / dialled * 1e3 for name, value in spent.items()},
    )


def _watch(stage: Stage, far: Far, calls: int, seconds: float) -> float:
    """The most memory seen until every call was placed, or time was up."""
    peak, end = _memory(stage), time.monotonic() + seconds
    while far.counts()["contacts"] < calls and time.monotonic() < end:
        time.sleep(0.1)
        peak = max(peak, _memory(stage))
    return peak


def _memory(stage: Stage) -> float:
    return sum(size for name, size in stage.parts.memory().items() if name != "redis") / 1e6
