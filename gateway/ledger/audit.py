"""The ledger's promises, checked on its records."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.instants import to_ms
from gateway.ledger.notices import NoticeState
from gateway.ledger.promises import WHAT_TO_DO
from gateway.ledger.records import Audit, BrokenInvariant
from gateway.model import CallState, EventState, record

_STEP = 200
_IDS_NAMED = 20
_GREATEST_WINDOW = timedelta(days=90)  # what a record points to is at most this much older than itself


@record
class _Step:
    """What one step of a script found."""

    counts: dict[str, int]
    broken: list[tuple[str, str, str]]  # promise, record, detail
    taken_of: tuple[str, ...] = ()  # the bounds on what is in flight that its calls have places of


class Auditor:
    """Recounts every record and names each that breaks a promise."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def recount(self, *, now: datetime) -> Audit:
        """Read every delivery, event and call, in bounded steps.

        Checked: accepted calls = sum over states; one state per call, its index and its record agreeing;
        attempts ≤ 1 + what people ordered and what was proved unsent; every event with one state and reason;
        every delivery's events exist; nothing waits without a next time, a lease or a person; each ring counts for its
        person; who holds a place is on the line; every outcome that somebody asked for is told, or will be.
        Each step sees one instant; what is accepted while the audit runs may or may not be in it.
        """
        calls: Counter[str] = Counter()
        events: Counter[str] = Counter()
        deliveries: Counter[str] = Counter()
        broken: dict[str, list[tuple[str, str]]] = {}
        bounds: set[str] = set()
        told: Counter[str] = Counter()
        walks = (("calls", calls), ("events", events), ("deliveries", deliveries), ("notices", told))
        for name, counts in walks:
            async for step in self._walk(f"audit_{name}", now):
                counts.update(step.counts)
                bounds.update(step.taken_of)
                _note(broken, step)
        for bound in sorted(bounds):
            async for step in self._walk("audit_places", now, bound):
                _note(broken, step)
        for index, kind, states in _indexes() + await self._gates() + await self._outboxes():
            async for step in self._walk("audit_index", now, index, kind, " ".join(states)):
                _note(broken, step)
        return Audit(
            events={state.value: events[state.value] for state in EventState},
            calls={state.value: calls[state.value] for state in CallState},
            deliveries=deliveries["deliveries"],
            broken=tuple(_summary(promise, found) for promise, found in sorted(broken.items())),
        )

    async def _walk(self, script: str, now: datetime, *arguments: str) -> AsyncIterator[_Step]:
        score, after = "-inf", ""
        tolerated = to_ms(now - self._connection.retention.records + _GREATEST_WINDOW)
        while True:
            answer = await self._connection.run(script, to_ms(now), score, after, "+inf", _STEP, tolerated, *arguments)
            score, after = answer[0].decode(), answer[1].decode()
            yield _step(answer)
            if not after:
                return

    async def _gates(self) -> list[tuple[str, str, tuple[str, ...]]]:
        with unavailable():
            names: list[Any] = await self._connection.redis.zrange(self._connection.key("gates"), 0, -1)
        return [(f"gate:{name.decode()}", "call", (CallState.READY,)) for name in names]

    async def _outboxes(self) -> list[tuple[str, str, tuple[str, ...]]]:
        with unavailable():
            names: list[Any] = await self._connection.redis.zrange(self._connection.key("notices", "endpoints"), 0, -1)
        return [(f"notices:to:{name.decode()}", "notice", (NoticeState.WAITING,)) for name in names]


def _indexes() -> list[tuple[str, str, tuple[str, ...]]]:
    """Every index by state, what it lists, and the states that belong there."""
    found: list[tuple[str, str, tuple[str, ...]]] = [
        ("calls:due", "call", (CallState.READY,)),
        ("calls:waiting", "call", (CallState.READY,)),
        ("calls:expiry", "call", (CallState.READY, CallState.HELD)),
        ("calls:leases", "call", (CallState.CLAIMED, CallState.DIALING)),
        ("events:pending", "event", (EventState.RECEIVED,)),
    ]
    found += [(f"calls:state:{state}", "call", (state,)) for state in CallState]
    found += [(f"events:state:{state}", "event", (state,)) for state in EventState]
    found += [(f"notices:state:{state}", "notice", (state,)) for state in NoticeState]
    return found


def _step(answer: list[Any]) -> _Step:
    counts = {name.decode(): int(count) for name, count in zip(answer[2][::2], answer[2][1::2], strict=True)}
    words = [_text(word) for word in answer[3]]
    taken_of = tuple(_text(key) for key in answer[4]) if len(answer) > 4 else ()
    return _Step(counts=counts, broken=list(zip(words[::3], words[1::3], words[2::3], strict=True)), taken_of=taken_of)


def _text(word: bytes | int) -> str:
    return word.decode() if isinstance(word, bytes) else str(word)


def _note(broken: dict[str, list[tuple[str, str]]], step: _Step) -> None:
    for promise, name, detail in step.broken:
        broken.setdefault(promise, []).append((name, detail))


def _summary(promise: str, found: list[tuple[str, str]]) -> BrokenInvariant:
    return BrokenInvariant(
        name=promise,
        ids=tuple(dict.fromkeys(name for name, _ in found[:_IDS_NAMED])),
        detail=f"{len(found)} found; the first: {found[0][1]}",
        do=WHAT_TO_DO[promise],
    )
