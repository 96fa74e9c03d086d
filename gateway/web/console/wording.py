"""What a replay in bulk would do, in one sentence whose figures lead to their lists, and call by call."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.ledger.foreseen import Foreseen
from gateway.ledger.replays import BulkReplay
from gateway.model import record
from gateway.reasons import Reason
from gateway.rehearsed import Ending
from gateway.replay_preview import KEPT, RINGS

_PROMISES: Mapping[str, str] = {
    Ending.WAITS: "It waits",
    Ending.HELD: "It would be held for a person",
    Ending.SKIPPED: "It would not ring",
}
_REASONS: Mapping[str, Reason] = {reason.value: reason for reason in Reason}


@record
class Piece:
    """A piece of the sentence; `of`: which calls it counts (replay_preview.means), None for words between figures."""

    text: str
    of: str | None = None


def sentence_of_preview(order: BulkReplay) -> str:
    """E.g. 412 events: 37 calls would ring now, 12 would wait (outside hours), 363 skipped (do not call)."""
    return "".join(piece.text for piece in pieces_of_preview(order))


def pieces_of_preview(order: BulkReplay) -> Sequence[Piece]:
    """The same, cut where a figure begins and ends."""
    told: Mapping[str, Any] = order.preview
    events, ring, wait, kept = (int(told.get(name, 0)) for name in ("events", "ring", "wait", "kept"))
    outcomes = dict(told.get("outcomes", {}))
    figures = [Piece(text=f"{_count(ring, 'call')} would ring now", of=RINGS)]
    if wait:
        reasons = ", ".join(_words(name) for name in outcomes if _waits(name))
        figures.append(Piece(text=f"{wait} would wait ({reasons})", of="waits"))
    if kept:
        figures.append(Piece(text=f"{_count(kept, 'call')} left as {'it is' if kept == 1 else 'they are'}", of=KEPT))
    rest = {name: count for name, count in outcomes.items() if not _waits(name)}
    ordered = sorted(rest.items(), key=lambda one: -one[1])
    figures += [Piece(text=f"{count} {_outcome(name)}", of=name) for name, count in ordered]
    more = "" if told.get("complete", True) else ", the newest of more"
    pieces = [Piece(text=_count(events, "event"), of=""), Piece(text=f"{more}: "), *_joined(figures), Piece(text=".")]
    if ring or wait:
        people = Piece(text=_count(int(told.get("phones", 0)), "phone"), of="phones")
        pieces += [Piece(text=" "), people, Piece(text=" in all.")]
    return pieces


def ending_of(one: Foreseen) -> str:
    """What would become of one call, and why."""
    if one.outcome in {RINGS, KEPT}:
        return "would ring now" if one.outcome == RINGS else "left as it is: it rang, may have, or waits already"
    word, _, code = one.outcome.partition(": ")
    reason = _REASONS.get(code)
    return f"{word}: {reason.text}" if reason else one.outcome.rstrip(": ")


def said_of(one: Foreseen) -> str:
    """What would become of one call, for whoever is about to order it."""
    if one.outcome == RINGS:
        return "Every guard allows it now: it rings at once, as far as pace, cooldown and caps let it."
    word, _, code = one.outcome.partition(": ")
    reason = _REASONS.get(code)
    return f"{_PROMISES.get(word, word)}{f': {reason.text}' if reason else '.'}"


def _joined(figures: Sequence[Piece]) -> Sequence[Piece]:
    return [piece for figure in figures for piece in (Piece(text=", "), figure)][1:]


def _outcome(name: str) -> str:
    """`skipped: do_not_call` → skipped (do not call)."""
    word, _, reason = name.partition(": ")
    return f"{word} ({_words(name)})" if reason in _REASONS else name.rstrip(": ")


def _words(name: str) -> str:
    """`waits: outside_hours` → outside hours."""
    return name.partition(": ")[2].replace("_", " ")


def _waits(name: str) -> bool:
    return name.startswith("waits")


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
