"""A ledger driven by its public doors, beside a bystander who hears every answer and knows what may ring."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from ledger.scenes import DEADLINE, PLACED, REFUSED, UNCERTAIN, UNSENT, Scene, at, decision, plan, terms

from gateway.embedded import EmbeddedValkey
from gateway.ledger import Ledger
from gateway.ledger.connection import Connection
from gateway.ledger.records import CallFilter, GrantAnswer, Hold, Transition
from gateway.ledger.stops import Stoppable
from gateway.ledger.terms import Concurrency, RateLimit
from gateway.model import CallState, DecidedEvent, EventState, Priority, Unsent
from gateway.reasons import Reason

T = TypeVar("T")
COOLDOWN = timedelta(seconds=90)
PACE = RateLimit(key="number:east", per=timedelta(seconds=10), limit=2)
FLIGHT = Concurrency(key="number:east", limit=1)
STOPS = Unsent(reason=Reason.ACCOUNT_STOPPED, detail="401", stops_account=True)
ACTED_ON = {
    CallState.UNKNOWN: ["redial", "redial", "placed", "close"],
    CallState.HELD: ["release", "cancel"],
    CallState.READY: ["cancel"],
}
LETTING_GO = ["renew", "defer", "hold_back", "skip"]
PAUSES = [0.5, 2, 5, 10, 10, 31, 61, 91]
NUMBERS = st.integers(0, 999)
OUTCOMES = [PLACED, REFUSED, UNCERTAIN, UNSENT, STOPS]


@dataclass
class Ring:
    """A request let out, as the model remembers it."""

    call_id: str
    person: str
    at: float
    in_flight: bool = True
    harmless: bool = False
    paced: bool = True


@dataclass
class Model:
    """What a bystander who heard every answer knows."""

    rings: list[Ring] = field(default_factory=list)
    orders: dict[str, list[float]] = field(default_factory=dict)
    stopped_until: float = 0.0

    def latest(self, hold: Hold) -> Ring | None:
        """The last request of a call."""
        return next((ring for ring in reversed(self.rings) if ring.call_id == hold.call_id), None)

    def check_grant(self, call_id: str, person: str, now: float) -> None:
        """A request may be let out now: once per call, once per person, within pace and flight."""
        assert now >= self.stopped_until, "rang while everything was stopped"
        mine = [ring for ring in self.rings if ring.call_id == call_id and not ring.harmless]
        assert len(mine) <= len(self.orders.get(call_id, [])), "rang twice without an order"
        ordered_at = max(self.orders.get(call_id, [-1.0]))
        for ring in self.rings:
            if ring.person == person and ring.call_id != call_id and not ring.harmless:
                assert not ring.in_flight or now >= ring.at + DEADLINE.total_seconds(), "two at once"
                recent = now - ring.at < COOLDOWN.total_seconds()
                assert not recent or ring.at <= ordered_at, "rang a person twice within the cooldown"
        paced = [ring for ring in self.rings if ring.paced and now - ring.at < PACE.per.total_seconds()]
        assert len(paced) < PACE.limit, "over the pace"
        flying = [ring for ring in self.rings if ring.in_flight and now < ring.at + DEADLINE.total_seconds()]
        assert len(flying) < FLIGHT.limit, "too many in flight"


class Life(RuleBasedStateMachine):
    """Drives a ledger by its public doors only."""

    server: EmbeddedValkey

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.now = 0.0
        self.steps = 0
        self.model = Model()
        self.holds: list[Hold] = []
        self.people: dict[str, str] = {}
        self.events: list[str] = []
        connection = Connection.open(self.server.url)
        self.ledger = Ledger.on(connection)
        self.scene = Scene(self.ledger)
        self.do(connection.redis.flushall())

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run to its end."""
        return self.runner.run(work)

    @rule(
        deliveries=st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=2), min_size=1, max_size=5),
        key=st.integers(0, 99),
        wait=st.sampled_from([0, 0, 5]),
        life=st.sampled_from([30, 3600, 3600]),
        priority=st.sampled_from(Priority),
    )
    def accept(self, deliveries: list[list[int]], key: int, wait: int, life: int, priority: Priority) -> None:
        """Deliveries arrive, maybe duplicates, maybe with one person twice."""
        for number, people in enumerate(deliveries):
            plans = [
                plan(
                    f"+1415555010{person}",
                    ordinal=ordinal,
                    now=at(self.now),
                    wait=timedelta(seconds=wait),
                    life=timedelta(seconds=life),
                    priority=priority,
                    cooldown=COOLDOWN,
                )
                for ordinal, person in enumerate(people)
            ]
            self._accept(self.scene.event(decision(*plans), key=f"{key + number}"), people)

    def _accept(self, event: DecidedEvent, people: list[int]) -> None:
        delivery = self.scene.delivery(now=at(self.now))
        (answer,) = self.do(self.ledger.intake.accept(delivery, [event], now=at(self.now)))
        assert self.do(self.ledger.intake.accept(delivery, [event], now=at(self.now))) == (answer,)
        if not answer.duplicate:
            self.events.append(answer.event_id)
            self.people |= dict(zip(answer.call_ids, (f"+1415555010{person}" for person in people), strict=True))

    @rule(
        owner=st.sampled_from(["w1", "w2"]),
        fates=st.lists(st.sampled_from(["crash", "dial", *OUTCOMES]), min_size=1, max_size=6),
        probe=st.sampled_from([True, True, True, False]),
        few=st.sampled_from([0, 8, 99]),
    )
    def work(self, owner: str, fates: list[Any], probe: bool, few: int) -> None:
        """A worker takes what is due, by a claim or to look at, and goes as far as fate lets it."""
        if probe:
            self.do(self.ledger.actions.resume_account("main", actor="probe", now=at(self.now)))
        owner = f"{owner}.{len(self.holds)}"
        claims = self.do(self.scene.claims(limit=len(fates), now=at(self.now), owner=owner, few=few))
        assert len({call.id for call in claims.calls}) == len(claims.calls)
        for call, fate in zip(claims.calls, fates, strict=False):
            self.holds.append(call.hold())
            if fate != "crash":
                self._ask(call.hold())
            if fate not in ("crash", "dial"):
                self._report(call.hold(), fate, 3)

    @precondition(lambda self: self.holds)
    @rule(pick=NUMBERS)
    def grant(self, pick: int) -> None:
        """A worker asks to dial, on a hold that may long be lost."""
        self._ask(self._recent(pick))

    @precondition(lambda self: self.holds)
    @rule(pick=NUMBERS, outcome=st.sampled_from(OUTCOMES), delay=st.sampled_from([0, 3]))
    def finish(self, pick: int, outcome: Any, delay: int) -> None:
        """A worker reports an outcome, maybe late, maybe of a call it lost."""
        self._report(self._recent(pick), outcome, delay)

    def _recent(self, pick: int) -> Hold:
        recent = self.holds[-6:]
        return recent[pick % len(recent)]

    def _ask(self, hold: Hold) -> None:
        number = self.people[hold.call_id]
        person = f"{number[:-1]}{int(number[-1]) // 3}"  # three numbers turn out to be one contact's at the dial
        given = terms(rates=(PACE,), concurrencies=(FLIGHT,), contact_id=person, people=(f"id:{person}",))
        grant = self.do(self.scene.grant(hold, given, now=at(self.now)))
        if grant.answer is GrantAnswer.GRANTED:
            self.model.check_grant(hold.call_id, person, self.now)
            self.model.rings.append(Ring(hold.call_id, person, self.now))
            assert self.do(self.scene.grant(hold, given, now=at(self.now))).answer is GrantAnswer.REPEATED

    def _report(self, hold: Hold, outcome: Any, delay: int) -> None:
        retry_at = at(self.now + delay)
        answer = self.do(self.ledger.dials.finish(hold, outcome, now=at(self.now), retry_at=retry_at))
        again = self.do(self.ledger.dials.finish(hold, outcome, now=at(self.now), retry_at=retry_at))
        assert again == (Transition.REPEATED if answer is Transition.DONE else answer)
        ring = self.model.latest(hold)
        if answer is Transition.DONE and ring is not None:
            ring.in_flight = False
            ring.harmless = outcome in (REFUSED, UNSENT, STOPS)
            ring.paced = outcome not in (UNSENT, STOPS)

    @precondition(lambda self: self.holds)
    @rule(pick=NUMBERS, what=st.sampled_from(LETTING_GO))
    def let_go(self, pick: int, what: str) -> None:
        """A worker keeps, defers, holds or skips a call."""
        hold, now = self._recent(pick), at(self.now)
        dials = self.ledger.dials
        if what == "renew":
            self.do(dials.renew(hold, now=now, lease=timedelta(seconds=30)))
        elif what == "defer":
            self.do(dials.defer(hold, not_before=at(self.now + 4), reason=Reason.OUTSIDE_HOURS, now=now))
        elif what == "hold_back":
            self.do(dials.hold_back(hold, reason=Reason.ZONE_UNKNOWN, now=now))
        else:
            self.do(dials.skip(hold, reason=Reason.CONTACT_REFUSED, now=now))

    @rule(seconds=st.sampled_from(PAUSES))
    def pass_time(self, seconds: float) -> None:
        """Time passes; whoever held a call for long may have crashed."""
        self.now += seconds

    @rule(limit=st.sampled_from([1, 200]))
    def sweep(self, limit: int) -> None:
        """A sweeper comes by."""
        self.do(self.ledger.sweeps.sweep(now=at(self.now), limit=limit))
        for ring in self.model.rings:
            if self.now >= ring.at + DEADLINE.total_seconds() and limit > 1:
                ring.in_flight = False

    @precondition(lambda self: self.people)
    @rule(pick=NUMBERS, state=st.sampled_from([None, *ACTED_ON]))
    def act(self, pick: int, state: CallState | None) -> None:
        """A person acts on a call, mostly on one that can be acted on."""
        calls, _ = self.do(self.ledger.reads.calls(CallFilter(state=state)))
        if calls:
            ways = ACTED_ON[state or CallState.UNKNOWN]
            self._act(calls[pick % len(calls)].id, ways[pick % len(ways)])

    def _act(self, call_id: str, what: str) -> None:
        actions, now = self.ledger.actions, at(self.now)
        if what == "cancel":
            self.do(actions.cancel(call_id, actor="ann", now=now))
        elif what == "release":
            self.do(actions.release(call_id, actor="ann", now=now))
        else:
            answer = self.do(actions.resolve(call_id, what, actor="ann", now=now))
            if what == "redial" and answer is Transition.DONE:
                self.model.orders.setdefault(call_id, []).append(self.now)

    @precondition(lambda self: self.events)
    @rule(pick=NUMBERS, again=st.booleans())
    def replay(self, pick: int, again: bool) -> None:
        """A person replays an event, its rules unchanged."""
        event_id = self.events[pick % len(self.events)]
        record = self.do(self.ledger.reads.event(event_id))
        assert record is not None
        plans = [
            plan(self.people[call_id], ordinal=ordinal, now=at(self.now), cooldown=COOLDOWN)
            for ordinal, call_id in enumerate(record.call_ids)
        ]
        made = decision(*plans, state=EventState.MATCHED)
        replay = self.do(
            self.ledger.actions.replay(event_id, made, again=again, dry_run=False, actor="ann", now=at(self.now))
        )
        assert replay is not None
        for call_id in replay.new if again else ():
            self.model.orders.setdefault(call_id, []).append(self.now)

    @rule()
    def stop(self) -> None:
        """The account is stopped, until a worker's probe finds that it works again."""
        self.do(self.ledger.actions.stop_account("main", reason="401", now=at(self.now)))

    @rule(seconds=st.sampled_from([0, 0, 20]))
    def switch(self, seconds: int) -> None:
        """A person stops everything for a while, or resumes it."""
        stops, self.model.stopped_until = self.ledger.stops, self.now + seconds
        if seconds:
            self.do(stops.stop(Stoppable.EVERYTHING, actor="ann", now=at(self.now), until=at(self.now + seconds)))
        else:
            self.do(stops.resume(Stoppable.EVERYTHING, actor="ann", now=at(self.now)))

    @invariant()
    def the_audit_is_clean(self) -> None:
        """Every promise holds on the records, looked at now and then, and no call is lost."""
        self.steps += 1
        if self.steps % 8 == 0:
            self._audit()

    def _audit(self) -> None:
        audit = self.do(self.ledger.audit.recount(now=at(self.now)))
        assert audit.broken == ()
        assert sum(audit.calls.values()) == len(self.people)

    def states(self) -> set[CallState]:
        """The states some call is in."""
        return {state for state, count in self.do(self.ledger.reads.counts()).items() if count}

    def teardown(self) -> None:
        """In the end everything ends: nothing waits for ever."""
        try:
            self._audit()
            self.do(self.ledger.actions.resume_account("main", actor="probe", now=at(self.now)))
            for later in range(0, 1000001, 100000):
                self.do(self.ledger.sweeps.sweep(now=at(self.now + 61 + later)))
            calls, _ = self.do(self.ledger.reads.calls(CallFilter(), limit=500))
            assert all(call.finished_at is not None for call in calls)
        finally:
            self.do(self.ledger.connection.close())
            self.runner.close()
