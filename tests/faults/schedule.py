"""What strikes when, drawn from a seed: the same seed is the same storm, for Dialgate and for the control."""

from dataclasses import dataclass
from random import Random
from typing import Any

from gateway.failpoints import TRANSITIONS

PARTS = {"serve": 1, "work": 3, "work-2": 3, "sweep": 1, "valkey": 1, "network": 2}
MEMBER = "one of serve's processes"
MOST_LIKELY = {"kill": 14, "stop": 3, "term": 3}
TWICE = 0.05  # of the leads are posted again after their 2xx


@dataclass(frozen=True, kw_only=True)
class Strike:
    """One blow, `at` seconds after the start. `lasts`: until the part is started, or goes on, again."""

    at: float
    part: str
    how: str  # kill, term, stop; network: reset, or the transition whose reply is lost
    lasts: float


@dataclass(frozen=True, kw_only=True)
class Post:
    """One lead about a person of its own, posted `at` seconds after the start."""

    at: float
    lead: dict[str, str]
    whom: str
    twice: bool


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A storm."""

    seed: int
    seconds: float
    strikes: tuple[Strike, ...]
    weather: tuple[dict[str, Any], ...]  # the far end's faults, second by second, then from the start again
    posts: tuple[Post, ...]


def schedule(seed: int, seconds: float, *, per_second: float = 15.0, processes: int = 1) -> Schedule:
    """The storm of a seed: about a strike a second, other weather every second, posts at random instants.

    Of several receiver processes one is killed every other second besides.
    """
    strikes = _strikes(Random(f"strikes {seed}"), seconds)
    if processes > 1:
        strikes += [Strike(at=at, part=MEMBER, how="kill", lasts=0.0) for at in _every_other(seed, seconds)]
    return Schedule(
        seed=seed,
        seconds=seconds,
        strikes=tuple(sorted(strikes, key=lambda strike: strike.at)),
        weather=tuple(_weather(Random(f"weather {seed}"), seconds)),
        posts=tuple(_posts(Random(f"posts {seed}"), seconds, per_second)),
    )


def _strikes(random: Random, seconds: float) -> list[Strike]:
    strikes, at = [], random.uniform(0.5, 1.5)
    while at < seconds:
        part = random.choices(list(PARTS), list(PARTS.values()))[0]
        how = random.choices(list(MOST_LIKELY), list(MOST_LIKELY.values()))[0]
        if part == "network":
            how = random.choice(("reset", "reset", *TRANSITIONS))
        elif part == "valkey":
            how = "kill"
        lasts = random.uniform(2.0, 9.0) if how == "stop" else random.uniform(0.0, 0.6)
        strikes.append(Strike(at=at, part=part, how=how, lasts=lasts))
        at += random.uniform(0.4, 1.2)
    return strikes


def _every_other(seed: int, seconds: float) -> list[float]:
    random = Random(f"members {seed}")
    return [second + random.uniform(0.0, 2.0) for second in range(1, int(seconds) - 1, 2)]


def _weather(random: Random, seconds: float) -> list[dict[str, Any]]:
    return [{"calls": _calls(random), "contacts": _contacts(random)} for _ in range(max(1, int(seconds)))]


def _calls(random: Random) -> dict[str, Any]:
    """A fifth of the requests go wrong, in every way that the sandbox knows."""
    kinds: tuple[dict[str, Any], ...] = (
        {"kind": "status", "status": random.choice((400, 404, 422))},
        {"kind": "status", "status": 429, "headers": {"retry-after": "1"}},
        {"kind": "status", "status": random.choice((500, 502, 503)), "rings": random.random() < 0.5},
        {"kind": "reset_before"},
        {"kind": "reset_after"},
        {"kind": "truncate"},
        {"kind": "bad_gzip"},
        {"kind": random.choice(("stall", "drip"))},
    )
    limit = {"per_second": random.randint(5, 20)} if random.random() < 0.2 else None
    faults = [{**kind, "probability": round(random.uniform(0.0, 0.08), 3)} for kind in kinds]
    return {"latency_ms": random.choice((0, 0, 20, 100, 400)), "rate_limit": limit, "faults": faults}


def _contacts(random: Random) -> dict[str, Any]:
    kinds: tuple[dict[str, Any], ...] = (
        {"kind": "status", "status": random.choice((500, 503, 429))},
        {"kind": random.choice(("reset_before", "reset_after", "truncate", "stall"))},
    )
    faults = [{**kind, "probability": round(random.uniform(0.0, 0.1), 3)} for kind in kinds]
    return {"latency_ms": random.choice((0, 20, 200)), "faults": faults}


def _posts(random: Random, seconds: float, per_second: float) -> list[Post]:
    posts: list[Post] = []
    at = random.expovariate(per_second)
    while at < seconds:
        number, twice = len(posts), random.random() < TWICE
        by_phone = random.random() < 0.4
        whom = f"+1212{2000000 + number}" if by_phone else f"ct_{number}"
        lead = {"id": f"lead-{number}", "phone" if by_phone else "contact": whom}
        posts.append(Post(at=at, lead=lead, whom=whom, twice=twice))
        at += random.expovariate(per_second)
    return posts
