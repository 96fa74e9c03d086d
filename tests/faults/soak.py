"""Load with a kill every ten seconds, for as long as one likes: `make soak SECONDS=1200`. What grows, and how far?

The second worker is never killed, and in the second half neither are receiver and sweeper: their memory is that of
processes that lived through everything the others did to them.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from faults import recorded
from faults.processes import tree
from faults.rig import Rig, rig
from faults.schedule import Schedule, Strike, schedule
from faults.storm import Storm
from faults.torture import DRAIN_SECONDS, audited, dialgate_states
from faults.verdict import MOVING, Verdict, judge
from redis import Redis
from redis.exceptions import RedisError

EVERY_SECONDS = 10.0
VICTIMS = ("work", "serve", "valkey", "work", "sweep")
LATER_VICTIMS = ("work", "valkey")
MILD = {"calls": {"latency_ms": 20, "faults": [{"kind": "reset_after", "probability": 0.02}]}}
PER_LEAD = 16  # keys at most of one lead: its records, their histories and lists, and what windows remember
KINDS_ASIDE = 400  # keys at most that belong to no lead
GROWTH_MEGABYTES = 40.0  # at most, of a process that lives through the second half
_ID = re.compile(r"\d|[0-9a-f]{12,}")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """How much there was at one time. Megabytes, but for the counts."""

    at: float
    leads: int
    keys: Mapping[str, int]  # by kind: a name with its ids taken out
    redis: float
    resident: Mapping[str, float]  # by part
    journal: float


def kind_of(key: bytes) -> str:
    """A key's name without what tells one record from another."""
    parts = key.decode("utf-8", "replace").split(":")
    known = [part for part in parts if not _ID.search(part)]
    return ":".join(known[:3])


def keys_by_kind(redis: "Redis") -> dict[str, int]:
    """Every key, read by SCAN: a proof may, the product never does."""
    return dict(Counter(kind_of(key) for key in redis.scan_iter(count=2000)))


def retained(redis: "Redis") -> int:
    """Every call there is, whatever its state and source."""
    return sum(redis.zcard(key) for key in redis.scan_iter("dialgate:calls:in:*", count=2000))


def resident(pid: int) -> float:
    """The megabytes a process and its children hold."""
    total = 0
    for one in tree(pid):
        try:
            total += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * 4096
        except OSError:
            continue
    return total / 1e6


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


class Soak(Storm):
    """A storm that is looked at now and then."""

    def __init__(self, running: Rig, plan: Schedule, every: float, say: Callable[[Sample], object]) -> None:
        super().__init__(running, plan)
        self.samples: list[Sample] = []
        self._every, self._say, self._next = every, say, every

    def look_after(self) -> None:
        """As a storm does, and a sample when it is time for one."""
        super().look_after()
        if self._started and self._now >= self._next:
            self._next += self._every
            self.sample()

    def sample(self) -> None:
        """How much there is now; a Valkey that is just away is asked next time."""
        try:
            with Redis.from_url(self.rig.valkey.url) as redis:
                leads, keys = retained(redis), keys_by_kind(redis)
                memory = redis.info("memory")["used_memory"] / 1e6
        except RedisError:
            return
        parts = self.rig.parts
        held = {name: resident(parts.running[name].pid) for name in self._parts if parts.alive(name)}
        journal = _size(parts.folder / "data" / "journal")
        found = Sample(at=self._now, leads=leads, keys=keys, redis=memory, resident=held, journal=journal)
        self.samples.append(found)
        self._say(found)


@dataclass(frozen=True, kw_only=True)
class Soaked:
    """What a soak found; `unbounded` says what grew further than it may, a sentence each."""

    seconds: float
    blows: Mapping[str, int]
    samples: Sequence[Sample]
    verdict: Verdict
    missing: int
    unbounded: tuple[str, ...]

    @property
    def kept(self) -> bool:
        """Nobody twice, nobody lost, nothing unbounded."""
        return self.verdict.kept and not self.missing and not self.unbounded


def plan_of(seed: int, seconds: float, rate: float) -> Schedule:
    """Steady leads, mild weather, a kill every ten seconds."""
    strikes = []
    for number in range(1, max(2, int(seconds / EVERY_SECONDS))):
        later = number * EVERY_SECONDS > seconds / 2
        victims = LATER_VICTIMS if later else VICTIMS
        part = victims[number % len(victims)]
        strikes.append(Strike(at=number * EVERY_SECONDS, part=part, how="kill", lasts=0.3))
    drawn = schedule(seed, seconds, per_second=rate)
    return Schedule(seed=seed, seconds=seconds, strikes=tuple(strikes), weather=(MILD,), posts=drawn.posts)


def unbounded(samples: Sequence[Sample], seconds: float) -> tuple[str, ...]:
    """What grew further than the leads it belongs to, or in a process that nobody killed."""
    if not samples:
        return ("nothing was measured",)
    last = samples[-1]
    found = []
    if sum(last.keys.values()) > PER_LEAD * last.leads + KINDS_ASIDE:
        found.append(f"{sum(last.keys.values())} keys for {last.leads} leads")
    later = [one for one in samples if one.at > seconds / 2 + EVERY_SECONDS]
    for part in ("serve", "work-2", "sweep"):
        held = [one.resident[part] for one in later if part in one.resident]
        if held and held[-1] - held[0] > GROWTH_MEGABYTES:
            found.append(f"{part} grew from {held[0]:.0f} to {held[-1]:.0f} MB")
    return tuple(found)


def soak(seconds: float, *, seed: int, rate: float, every: float, say: Callable[[Sample], object]) -> Soaked:
    """Load and kills for so long, drained and judged."""
    plan = plan_of(seed, seconds, rate)
    with rig(seed=seed) as running:
        storm = Soak(running, plan, every, say)
        senders = storm.rage()
        storm.wait_until(lambda: not MOVING & set(dialgate_states(running).values()), seconds=DRAIN_SECONDS)
        storm.sample()
        return Soaked(
            seconds=seconds,
            blows=dict(storm.blows),
            samples=tuple(storm.samples),
            verdict=judge(senders.accepted, running.rings(), dialgate_states(running), broken=audited(running)),
            missing=len(plan.posts) - len(senders.accepted),
            unbounded=unbounded(storm.samples, seconds),
        )


def line(one: Sample) -> str:
    """A sample as people read it."""
    held = " ".join(f"{name} {megabytes:.0f}" for name, megabytes in one.resident.items())
    keys = sum(one.keys.values())
    return (
        f"{one.at:6.0f} s  leads {one.leads:5}  keys {keys:6} ({keys / max(1, one.leads):.1f} a lead)  "
        f"valkey {one.redis:5.1f} MB  journal {one.journal:5.1f} MB  {held} MB"
    )


def table(found: Soaked) -> str:
    """The end: keys by kind, and the verdict."""
    last, verdict = found.samples[-1], found.verdict
    kinds = [f"  {count:7}  {kind}" for kind, count in Counter(last.keys).most_common(25)]
    counted = (
        f"kills {sum(found.blows.values())}, leads {verdict.accepted}, rung {verdict.rung}, "
        f"extra rings {verdict.extra_rings}, lost {verdict.lost + found.missing}, waiting {verdict.waiting}, "
        f"contradictions {len(verdict.contradictions)}, unknown with a ring {verdict.unknown_with_ring}, "
        f"without {verdict.unknown_without_ring}"
    )
    said = [
        counted,
        f"audit: {'; '.join(verdict.broken) or 'nothing broken'}",
        f"bounded: {'; '.join(found.unbounded) or 'yes'}",
    ]
    return "\n".join(("keys by kind:", *kinds, *said, ""))


def figures(found: Soaked) -> dict[str, object]:
    """What is recorded: the verdict, and the samples without keys by kind, but for the last."""
    samples = [{**asdict(one), "keys": sum(one.keys.values())} for one in found.samples]
    return {
        "seconds": found.seconds,
        "kills": sum(found.blows.values()),
        "verdict": {**asdict(found.verdict), "lost": found.verdict.lost + found.missing},
        "unbounded": list(found.unbounded),
        "samples": samples,
        "kinds": dict(found.samples[-1].keys),
    }


def main() -> int:
    """0 when nobody was rung twice or lost, and nothing grew without bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1200.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=3.0, help="leads a second, on average")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    every = min(30.0, options.seconds / 6)
    found = soak(options.seconds, seed=options.seed, rate=options.rate, every=every, say=_say)
    sys.stdout.write(table(found))
    recorded.write(options.json, found.kept, figures(found))
    return 0 if found.kept else 1


def _say(one: Sample) -> None:
    sys.stdout.write(line(one) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
