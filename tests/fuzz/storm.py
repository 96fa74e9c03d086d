"""Changed requests over all providers, one table: `python -m fuzz.storm --count 20000 --seed 1`.

The same seed gives the same requests, but for the RSA keys that two providers' sources sign with. An input that ends
otherwise than it may is printed with its number; `--only NUMBER` tries it alone and shows where it broke.
"""

import argparse
import random
import resource
import sys
import time
import traceback
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from faults import recorded
from fuzz.trial import WORDS, drawn, ending, every_source

from gateway.contracts import Source
from gateway.model import Request

ALLOWED_PEAK = 48 << 20  # bytes while one request is handled: a body of 256 KiB as XML takes about a third
ALLOWED_GROWTH = 128 << 10  # kilobytes of resident memory over a whole storm
SLOW_SECONDS = 10.0


@dataclass
class Storm:
    """What came of it."""

    seed: int
    ends: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    broken: list[str] = field(default_factory=list)
    slowest: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    growth: int = 0  # kilobytes
    peak: int = 0  # bytes, where it was traced


def inputs(count: int, seed: int) -> Iterator[tuple[int, Source, Request]]:
    """The storm's requests with their numbers, over all sources in turn."""
    sources = every_source()
    for number in range(count):
        source = sources[number % len(sources)]
        yield number, source, drawn(source, random.Random(f"{seed} {number}"))


def blow(count: int, seed: int, *, traced: bool = False) -> Storm:
    """Try them all. `traced` measures what memory each takes, at a third of the speed."""
    storm = Storm(seed=seed)
    resident = 0
    for number, source, request in inputs(count, seed):
        if number == min(1000, count // 2):
            resident = _resident()
        _try(storm, number, source, request, _traced if traced else ending)
    storm.growth = _resident() - resident
    return storm


def _try(storm: Storm, number: int, source: Source, request: Request, run: Callable[[Source, Request], str]) -> None:
    name, started = source.provider.name, time.perf_counter()
    try:
        word = run(source, request)
    except Exception as error:  # noqa: BLE001 - whatever comes out is what is looked for
        word, where = "other", traceback.extract_tb(error.__traceback__)[-1]
        storm.broken.append(f"{number} {source.name}: {type(error).__name__}: {error!s:.200} ({where.name})")
    took = time.perf_counter() - started
    if took > SLOW_SECONDS:
        storm.broken.append(f"{number} {source.name}: {took:.1f} s")
    storm.slowest[name] = max(storm.slowest[name], took)
    storm.ends[name][word] += 1


def _traced(source: Source, request: Request) -> str:
    tracemalloc.start()
    try:
        word = ending(source, request)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < ALLOWED_PEAK, f"{peak} bytes for a body of {len(request.body)}"
    return word


def _resident() -> int:
    """The most memory this process ever had, in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def table(storm: Storm) -> str:
    """A line a provider, and what is wrong."""
    heads = ("provider", "inputs", *WORDS, "slowest")
    rows = [(name, str(ends.total()), *(str(ends[word]) for word in WORDS)) for name, ends in storm.ends.items()]
    total = sum(storm.ends.values(), Counter())
    rows = [(*row, f"{storm.slowest[row[0]] * 1000:.0f} ms") for row in sorted(rows)]
    slowest = f"{max(storm.slowest.values()) * 1000:.0f} ms"
    rows += [("all", str(total.total()), *(str(total[word]) for word in WORDS), slowest)]
    lines = [f"{row[0]:24}" + "".join(f"{cell:>12}" for cell in row[1:]) for row in (heads, *rows)]
    tail = f"seed {storm.seed}; resident memory grew by {storm.growth} kB"
    return "\n".join((*lines, tail, *storm.broken[:50], ""))


def main() -> int:
    """0 when every request ended as it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--only", type=int, help="the number of one input")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    if options.only is not None:
        *_, (_, source, request) = inputs(options.only + 1, options.seed)
        sys.stdout.write(f"{source.name}: {request}\n{ending(source, request)}\n")
        return 0
    storm = blow(options.count, options.seed)
    sys.stdout.write(table(storm))
    total = sum(storm.ends.values(), Counter())
    figures = {"seed": storm.seed, "inputs": total.total(), "broken": len(storm.broken), "ends": dict(total)}
    recorded.write(options.json, not storm.broken and storm.growth <= ALLOWED_GROWTH, figures)
    return 1 if storm.broken or storm.growth > ALLOWED_GROWTH else 0


if __name__ == "__main__":
    sys.exit(main())
