"""The ledger's promises, checked on its records."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from gateway.ledger.connection import Connection
from gateway.ledger.instants import to_ms
from gateway.ledger.notices import NoticeState
from gateway.ledger.promises import WHAT_TO_DO
from gateway.ledger.records import Audit, BrokenInvariant
from gateway.model import CallState, EventState, record

_STEP = 200
_IDS_NAMED = 20
_GREATEST_WINDOW = timedelta(days=90)  # what a record points to is at most this much older than itself

# Indexes whose names are known beforehand, what they list, and the states that belong there.
_FIXED: list[tuple[str, str, tuple[str, ...]]] = [
    ("calls:due", "call", (CallState.READY,)),
    ("calls:waiting", "call", (CallState.READY,)),
    ("calls:expiry", "call", (CallState.READY, CallState.HELD)),
    ("calls:leases", "call", (CallState.CLAIMED, CallState.DIALING)),
    ("events:pending", "event", (EventState.RECEIVED,)),
    *((f"notices:state:{state}", "notice", (state,)) for state in NoticeState),
]


@record
class _Index:
    """A list whose members are looked at: each has a record of this kind in one of these states."""

    name: str
    kind: str
    states: tuple[str, ...]
    source: str = ""  # that it came from; empty: from any


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
        for index in await self._indexes():
            asked = (index.name, index.kind, " ".join(index.states), index.source)
            async for step in self._walk("audit_index", now, *asked):
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

    async def _indexes(self) -> list[_Index]:
        states = {"call": tuple(CallState), "event": tuple(EventState)}
        sources = [
            source.decode() for source in await self._connection.ask("SMEMBERS", self._connection.key("sources"))
        ]
        found = [_Index(name=name, kind=kind, states=of_kind) for name, kind, of_kind in _FIXED]
        found += [
            _Index(name=f"{kind}s:in:{state}:{source}", kind=kind, states=(state,), source=source)
            for kind, source in product(states, sources)
            for state in states[kind]
        ]
        for name in await self._names("gates"):
            found.append(_Index(name=f"gate:{name}", kind="call", states=(CallState.READY,)))
        for name in await self._names("notices:endpoints"):
            found.append(_Index(name=f"notices:to:{name}", kind="notice", states=(NoticeState.WAITING,)))
        return found

    async def _names(self, index: str) -> list[str]:
        return [name.decode() for name in await self._connection.ask("ZRANGE", self._connection.key(index), 0, -1)]


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
