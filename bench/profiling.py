"""`python -m bench.profiling receiver|worker`: where the microseconds of one event or one call go.

The process under load is sampled by py-spy (run by uvx, so nothing of it is installed), and Redis is asked for the
time of each script by its slow log. Shares become microseconds through the CPU seconds the process really spent.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from redis import Redis

from bench.processes import ROOT, cpu_seconds
from bench.runs import drained, loaded, warmed
from bench.systems import ALONE, DIALGATE, Far, Stage, far_end, staged
from gateway.ledger.scripts import load_scripts

_HERTZ = 400
_FRAMEWORK = 0.88  # what holds more than this of all samples is the way in, and tells nothing
_FRAME = re.compile(r"(?P<name>\S+) \((?P<file>[^():]+):(?P<line>\d+)\)")


@dataclass(frozen=True, kw_only=True)
class Profile:
    """CPU in µs for one event or call, by function with all it calls, and by function alone."""

    micros: float
    inclusive: Mapping[str, float]
    alone: Mapping[str, float]

    def table(self, most: int = 70) -> str:
        """The dearest functions, ours and the libraries', but for what stands around everything."""
        total = max(self.inclusive.values(), default=0.0)
        told = {name: value for name, value in self.inclusive.items() if value < total * _FRAMEWORK}
        lines = [
            f"CPU {self.micros:.0f} µs each",
            "",
            "| function | with what it calls, µs | alone, µs |",
            "|---|---|---|",
        ]
        for name, value in list(told.items())[:most]:
            lines.append(f"| `{name}` | {value:.0f} | {self.alone.get(name, 0.0):.0f} |")
        own = list(self.alone.items())[: most // 2]
        lines += ["", "| function | alone, µs |", "|---|---|", *(f"| `{name}` | {value:.0f} |" for name, value in own)]
        return "\n".join(lines) + "\n"


def profile_of(stacks: Iterable[str], micros: float) -> Profile:
    """Collapsed stacks (`frame;frame count`) → shares of the CPU of one event."""
    inclusive: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    total = 0
    for line in stacks:
        stack, _, text = line.rpartition(" ")
        frames = [_short(frame) for frame in stack.split(";") if _FRAME.search(frame)]
        if not frames:
            continue
        count = int(text)
        total += count
        alone[frames[-1]] += count
        for frame in set(frames):
            inclusive[frame] += count
    scale = micros / max(1, total)
    return Profile(
        micros=micros,
        inclusive={name: count * scale for name, count in inclusive.most_common()},
        alone={name: count * scale for name, count in alone.most_common()},
    )


def _short(frame: str) -> str:
    found = _FRAME.search(frame)
    if found is None:
        return frame
    file = found["file"].partition("site-packages/")[2] or found["file"].removeprefix(str(ROOT) + "/")
    return f"{found['name']} {file}"


def sampled(pid: int, seconds: float, out: Path) -> "subprocess.Popen[bytes]":
    """py-spy on a process, writing collapsed stacks of what uses CPU."""
    uvx = str(Path(sys.executable).parent / "uvx")
    words = ["py-spy", "record", "--pid", str(pid), "--duration", f"{seconds:.0f}", "--rate", str(_HERTZ)]
    options = ["--format", "raw", "--output", str(out), "--nonblocking"]
    return subprocess.Popen([uvx, "-q", *words, *options], stdout=subprocess.DEVNULL)  # noqa: S603 - our own words


def scripts_table(redis: "Redis", each: int) -> str:
    """µs and runs of each script since the slow log was emptied, for one event or call."""
    names = {script.sha: name for name, script in load_scripts().items()}
    spent: dict[str, list[int]] = {}
    for entry in redis.slowlog_get(200_000):
        words = entry["command"].split()
        name = words[0].decode().upper()
        if name in {"EVALSHA", "EVAL"}:
            name = "script " + names.get(words[1].decode(), "?")
        spent.setdefault(name, []).append(entry["duration"])
    lines = ["| command | µs each | runs per event | µs per event |", "|---|---|---|---|"]
    for name, values in sorted(spent.items(), key=lambda pair: -sum(pair[1])):
        mean, runs = sum(values) / len(values), len(values) / each
        lines.append(f"| {name} | {mean:.0f} | {runs:.2f} | {mean * runs:.0f} |")
    return "\n".join(lines) + "\n"


def _watch_redis(redis: "Redis") -> None:
    redis.config_set("slowlog-max-len", 500_000)
    redis.config_set("slowlog-log-slower-than", 0)
    redis.slowlog_reset()


def receiver(stage: Stage, far: Far, seconds: float) -> str:
    """The receiver alone under a closed loop of 32 connections."""
    warmed(ALONE, stage, far)
    pid, out = stage.parts.pids()["receiver"], stage.folder / "stacks"
    with Redis.from_url(stage.valkey.url) as redis:
        _watch_redis(redis)
        spy, before = sampled(pid, seconds, out), cpu_seconds(pid)
        load = loaded(ALONE, stage, count=int(12_000 * seconds), seconds=seconds)
        micros = (cpu_seconds(pid) - before) / load.answered * 1e6
        spy.wait()
        scripts = scripts_table(redis, load.answered)
    return f"{load.per_second:.0f} events/s\n\n{profile_of(out.read_text().splitlines(), micros).table()}\n{scripts}"


def worker(stage: Stage, far: Far, seconds: float) -> str:
    """One worker draining a burst; the call API takes 300 ms."""
    warmed(DIALGATE, stage, far)
    far.delay(300)
    pid, out = stage.parts.pids()["worker-0"], stage.folder / "stacks"
    with Redis.from_url(stage.valkey.url) as redis:
        _watch_redis(redis)
        spy, before = sampled(pid, seconds + 2, out), cpu_seconds(pid)
        drain = drained(DIALGATE, stage, far, calls=int(400 * seconds), seconds=seconds)
        micros = (cpu_seconds(pid) - before) / drain.calls * 1e6
        spy.wait()
        scripts = scripts_table(redis, drain.calls)
    parts = ", ".join(f"{name} {value:.2f} ms" for name, value in drain.cpu_by_part.items())
    stacks = profile_of(out.read_text().splitlines(), micros).table()
    return f"{drain.per_second:.0f} calls/s of {drain.calls}; CPU a call: {parts}\n\n{stacks}\n{scripts}"


def main(arguments: Sequence[str]) -> int:
    """Print the profile of one part."""
    parser = argparse.ArgumentParser(prog="python -m bench.profiling", description=__doc__)
    parser.add_argument("part", choices=("receiver", "worker"))
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="dgp"))
    measure, system = (receiver, ALONE) if options.part == "receiver" else (worker, DIALGATE)
    with far_end(folder) as far, staged(system, folder / "stage", far.address) as stage:
        sys.stdout.write(measure(stage, far, options.seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
