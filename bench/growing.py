"""Section 4: the same with a past: many retained calls, many rules, a long do-not-call list; and a burst."""

import json
import time
from itertools import pairwise
from pathlib import Path

from redis import Redis

from bench.accepting import MAX
from bench.figures import Section, Target
from bench.processes import memory_bytes
from bench.rounds import Bench
from bench.runs import drained, loaded, warmed
from bench.seeding import bytes_by_kind, grow, placed
from bench.systems import ALONE, CONFIG, DIALGATE, Stage, System

_SUPPRESSED = 100_000
_BURST = 20_000
_CALLS = "calls/s, 0 ms"
_CPU = "receiver's CPU µs"
_BYTES = "bytes a retained call"
_ONE_RULE, _MANY_RULES = "1 rule", "1,000 rules"
_PLAIN, _LISTED = "empty list", "100,000 suppressed phones"


def measure(bench: Bench) -> Section:
    """Each on a stage of its own; what is compared with what is in the targets."""
    section = Section(
        title="4. Growth",
        about="Retained calls are copies of a real one under ids of their own. Bytes: of Redis, bodies and payloads "
        "left out. Rules: none but the last matches. Burst: so many webhooks while the workers stand still.",
    )
    for repeat in range(bench.repeats):
        for size in bench.sizes:
            bench.once(DIALGATE, section, lambda _, stage, size=size: _aged(bench, section, stage, size), repeat)
        for rules, name in ((1, _ONE_RULE), (1000, _MANY_RULES)):
            config = str(many_rules(bench.folder, rules))
            bench.once(
                ALONE, section, lambda _, stage, name=name: _alone(bench, section, stage, name), repeat, config=config
            )
        for phones, name in ((0, _PLAIN), (_SUPPRESSED, _LISTED)):
            bench.once(
                DIALGATE, section, lambda _, stage, n=name, p=phones: _suppressed(bench, section, stage, n, p), repeat
            )
    burst = min(_BURST, int(_BURST * bench.seconds / 4))
    bench.once(DIALGATE, section, lambda system, stage: _burst(bench, section, system, stage, burst))
    return section


def _aged(bench: Bench, section: Section, stage: Stage, size: int) -> None:
    name = f"{size:,} retained calls"
    with Redis.from_url(stage.valkey.url) as redis:
        loaded(DIALGATE, stage, count=1)
        _until_placed(redis)
        before = redis.info("memory")["used_memory"]
        grow(redis, size)
        section.add(name, "MB of Redis", (redis.info("memory")["used_memory"] - before) / 1e6)
        kinds = bytes_by_kind(redis) if size <= 10_000 else {}
    if kinds:
        bodies = sum(value for kind, value in kinds.items() if "blobs" in kind)
        section.add(name, _BYTES, sum(kinds.values()) - bodies)
        shown = ", ".join(f"{kind} {value:.0f}" for kind, value in kinds.items() if value >= 10)
        section.note(f"Bytes a retained call by kind of key: {shown}.")
    _figures(bench, section, stage, name)


def _figures(bench: Bench, section: Section, stage: Stage, name: str) -> None:
    warmed(DIALGATE, stage, bench.far, count=50)
    load = loaded(DIALGATE, stage, count=int(50 * bench.seconds), rate=50)
    section.add(name, "accept p99 at 50/s", load.p99)
    load = loaded(DIALGATE, stage, count=int(12_000 * bench.seconds), seconds=bench.seconds)
    section.add(name, MAX, load.per_second)
    section.add(name, _CPU, load.receiver_us)
    time.sleep(bench.seconds)
    drain = drained(DIALGATE, stage, bench.far, calls=int(1000 * bench.seconds), seconds=bench.seconds * 4)
    section.add(name, _CALLS, drain.per_second)


def _alone(bench: Bench, section: Section, stage: Stage, name: str) -> None:
    warmed(ALONE, stage, bench.far)
    load = loaded(ALONE, stage, count=int(12_000 * bench.seconds), seconds=bench.seconds)
    section.add(name, MAX, load.per_second)
    section.add(name, _CPU, load.receiver_us)


def _suppressed(bench: Bench, section: Section, stage: Stage, name: str, phones: int) -> None:
    suppress(stage.valkey.url, phones)
    _figures(bench, section, stage, name)


def suppress(url: str, phones: int) -> None:
    """So many entries on the do-not-call list, of numbers that no run uses."""
    with Redis.from_url(url) as redis:
        for first in range(0, phones, 5_000):
            pipe = redis.pipeline(transaction=False)
            for index in range(first, min(first + 5_000, phones)):
                key, value = f"phone:{index:024x}", f"+4420{index:08}"
                entry = {"kind": "phone", "value": value, "at": "0", "by": "bench", "note": "", "source": "cli"}
                pipe.hset("dialgate:do_not_call", key, json.dumps(entry))
                pipe.zadd("dialgate:do_not_call:all", {key: index})
            pipe.execute()


def _burst(bench: Bench, section: Section, system: System, stage: Stage, calls: int) -> None:
    warmed(system, stage, bench.far, count=50)
    drain = drained(system, stage, bench.far, calls=calls, seconds=90.0)
    name = f"burst of {calls:,}"
    section.add(name, "accepted", drain.accepted)
    section.add(name, "placed", drain.calls)
    section.add(name, "rung twice", drain.rung_twice)
    section.add(name, "seconds to drain", drain.seconds)
    section.add(name, _CALLS, drain.per_second)
    section.add(name, "MB at most", drain.peak_mb)
    section.add(name, "MB of Redis", memory_bytes(stage.valkey.pid) / 1e6)


def _until_placed(redis: "Redis") -> None:
    deadline = time.monotonic() + 20
    while placed(redis) == 0:
        if time.monotonic() > deadline:
            raise TimeoutError("the call to copy was not placed")
        time.sleep(0.05)


def many_rules(folder: Path, rules: int) -> Path:
    """The bench's configuration with as many rules; only the last one matches."""
    text = CONFIG.read_text(encoding="utf-8")
    head, _, rest = text.partition("rules:\n")
    other = (
        "  - name: other {n}\n    sources: [leads]\n"
        '    when: event.type == "other.{n}" && payload.lead.?interest.orValue("") == "demo {n}"\n'
        "    call: {{from: east, contact: {{id: payload.lead.contact_id}}}}\n"
    )
    path = folder / f"rules-{rules}.yaml"
    path.write_text(f"{head}rules:\n{''.join(other.format(n=n) for n in range(rules - 1))}{rest}", encoding="utf-8")
    return path


def targets(section: Section) -> list[Target]:
    """What the section is held against."""
    sizes = [name for name in section.values if name.endswith("retained calls")]
    found = [
        Target(
            name=f"{metric}: {small} over {large}",
            ours=section.of(small, metric),
            against=section.of(large, metric),
            most=1.2,
        )
        for small, large in pairwise([sizes[0], sizes[-1]] if len(sizes) > 1 else [])
        for metric in (MAX, _CALLS)
    ]
    return [
        *found,
        Target(
            name="CPU an event, 1,000 rules over 1",
            ours=section.of(_MANY_RULES, _CPU),
            against=section.of(_ONE_RULE, _CPU),
            most=1.5,
        ),
        Target(
            name="calls/s, empty over 100,000 suppressed",
            ours=section.of(_PLAIN, _CALLS),
            against=section.of(_LISTED, _CALLS),
            most=1.2,
        ),
        Target(
            name="bytes a retained call, 1,500",
            ours=section.of(sizes[0], _BYTES) if sizes else None,
            against=1500.0,
            most=1,
        ),
    ]
