"""What a replay in bulk would do, in one sentence."""

from collections.abc import Mapping
from typing import Any

from gateway.ledger.replays import BulkReplay
from gateway.reasons import Reason


def sentence_of_preview(order: BulkReplay) -> str:
    """E.g. 412 events: 37 calls would ring now, 12 would wait (outside hours), 363 skipped (do not call)."""
    told: Mapping[str, Any] = order.preview
    events, ring, wait, kept = (int(told.get(name, 0)) for name in ("events", "ring", "wait", "kept"))
    parts = [f"{_count(ring, 'call')} would ring now"]
    outcomes = dict(told.get("outcomes", {}))
    if wait:
        parts.append(f"{wait} would wait ({', '.join(_words(name) for name in outcomes if _waits(name))})")
    if kept:
        parts.append(f"{_count(kept, 'call')} left as {'it is' if kept == 1 else 'they are'}")
    rest = {name: count for name, count in outcomes.items() if not _waits(name)}
    parts += [f"{count} {_outcome(name)}" for name, count in sorted(rest.items(), key=lambda one: -one[1])]
    more = "" if told.get("complete", True) else ", the newest of more"
    people = f" {_count(int(told.get('phones', 0)), 'phone')} in all." if ring or wait else ""
    return f"{_count(events, 'event')}{more}: {', '.join(parts)}.{people}"


def _outcome(name: str) -> str:
    """`skipped: do_not_call` → skipped (do not call)."""
    word, _, reason = name.partition(": ")
    return f"{word} ({_words(name)})" if reason in set(Reason) else name.rstrip(": ")


def _words(name: str) -> str:
    """`waits: outside_hours` → outside hours."""
    return name.partition(": ")[2].replace("_", " ")


def _waits(name: str) -> bool:
    return name.startswith("waits")


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
