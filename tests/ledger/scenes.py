"""Deliveries, plans and calls for the ledger's tests, and a call brought into any state by the real scripts."""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gateway.bounds import UNBOUND, Bounds
from gateway.ids import digest
from gateway.ledger import Ledger
from gateway.ledger.records import Call, Claims, Grant, Hold
from gateway.ledger.terms import Concurrency, GrantTerms, RateLimit
from gateway.model import (
    Accepted,
    CallPlan,
    CallState,
    ContactFields,
    DecidedEvent,
    Decision,
    Delivery,
    Event,
    EventState,
    Placed,
    Priority,
    Refused,
    Uncertain,
    Unsent,
)
from gateway.reasons import Reason

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
LEASE = timedelta(seconds=30)
DEADLINE = timedelta(seconds=60)
COOLDOWN = timedelta(minutes=10)
PLACED = Placed(status=200, provider_call_id="pc_1", response='{"ok":true}')
REFUSED = Refused(reason=Reason.REFUSED, status=404, detail="no such contact")
UNSENT = Unsent(reason=Reason.CONNECT_FAILED, detail="connection refused")
UNCERTAIN = Uncertain(cause=Reason.RESPONSE_TIMEOUT, detail="no answer in 15 s")


def at(seconds: float) -> datetime:
    """So many seconds after NOW."""
    return NOW + timedelta(seconds=seconds)


def plan(
    person: str = "+14155550100",
    *,
    rule: str = "demo",
    ordinal: int = 0,
    now: datetime = NOW,
    wait: timedelta = timedelta(0),
    life: timedelta = timedelta(hours=24),
    priority: Priority = Priority.NORMAL,
    account: str = "main",
    cooldown: timedelta = COOLDOWN,
    skip: Reason | None = None,
) -> CallPlan:
    """A plan to ring one person, known by the phone number."""
    return CallPlan(
        rule=rule,
        ordinal=ordinal,
        account=account,
        number="east",
        from_number_id="pn_212",
        contact=ContactFields(phone=person),
        priority=priority,
        not_before=now + wait,
        expires_at=now + life,
        person_keys=(f"tel:{person}",),
        cooldown=cooldown,
        skip=skip,
    )


def decision(*plans: CallPlan, state: EventState = EventState.MATCHED) -> Decision:
    """A decision that makes these calls."""
    return Decision(state=state, plans=plans, rulebook="v1")


def terms(
    *,
    rates: tuple[RateLimit, ...] = (),
    concurrencies: tuple[Concurrency, ...] = (),
    people: tuple[str, ...] = (),
    valid_until: datetime | None = None,
    contact_id: str = "ct_1",
) -> GrantTerms:
    """Terms of a grant, without limits unless given."""
    return GrantTerms(
        contact_id=contact_id,
        person_keys=people,
        valid_until=valid_until,
        rates=rates,
        concurrencies=concurrencies,
    )


@dataclass
class Scene:
    """A ledger with a supply of fresh ids."""

    ledger: Ledger
    serial: itertools.count = field(default_factory=lambda: itertools.count(1))

    def delivery(self, *, source: str = "site", now: datetime = NOW, body: bytes = b'{"a":1}') -> Delivery:
        """A delivery with an id of its own."""
        return Delivery(
            id=f"dl_{next(self.serial):06}",
            source=source,
            provider="generic",
            received_at=now,
            method="POST",
            content_type="application/json",
            remote="192.0.2.1",
            headers=(("content-type", "application/json"),),
            query="",
            body=body,
            scheme="none",
        )

    def event(self, made: Decision, *, key: str | None = None) -> DecidedEvent:
        """An event with an id of its own, and a dedupe key of its own unless given."""
        name = f"ev_{next(self.serial):06}"
        return DecidedEvent(
            id=name,
            event=Event(payload={"n": name}, type="lead"),
            dedupe_key=digest(key or name),
            dedupe_window=timedelta(days=7),
            decision=made,
        )

    async def accept(
        self,
        *plans: CallPlan,
        now: datetime = NOW,
        source: str = "site",
        bounds: Bounds = UNBOUND,
        state: EventState = EventState.MATCHED,
    ) -> Accepted:
        """One delivery with one event that makes these calls."""
        event = self.event(decision(*plans, state=state))
        delivery = self.delivery(source=source, now=now)
        return (await self.ledger.intake.accept(delivery, [event], now=now, bounds=bounds))[0]

    async def add(self, person: str = "+14155550100", *, now: datetime = NOW, **details: object) -> str:
        """A call just accepted; its id."""
        accepted = await self.accept(plan(person, now=now, **details), now=now)
        return accepted.call_ids[0]

    async def claims(self, *, limit: int = 10, now: datetime = NOW, owner: str = "w1", few: int = 0) -> Claims:
        """What a worker is handed: claimed, or while `few` are due to look at."""
        return await self.ledger.dials.claim(owner, limit=limit, now=now, lease=LEASE, few=few)

    async def claim(self, call_id: str, *, now: datetime = NOW, owner: str = "w1") -> Hold:
        """A worker's hold on a call that is due."""
        for call in (await self.claims(limit=100, now=now, owner=owner)).calls:
            if call.id == call_id:
                return call.hold()
        raise AssertionError(f"{call_id} was not handed out")

    async def grant(self, hold: Hold, given: GrantTerms | None = None, *, now: datetime = NOW) -> Grant:
        """Ask to dial."""
        return await self.ledger.dials.grant(hold, given or terms(), now=now, deadline=DEADLINE)

    async def dialing(self, person: str = "+14155550100", *, now: datetime = NOW) -> Hold:
        """A call whose request has been let out."""
        hold = await self.claim(await self.add(person, now=now), now=now)
        await self.grant(hold, now=now)
        return hold

    async def call(self, call_id: str) -> Call:
        """The call as the ledger has it."""
        found = await self.ledger.reads.call(call_id)
        assert found is not None
        return found

    async def state(self, call_id: str) -> CallState:
        """Where a call stands."""
        return (await self.call(call_id)).state

    async def sound(self, *, now: datetime = NOW) -> None:
        """Every promise of the ledger holds."""
        assert (await self.ledger.audit.recount(now=now)).broken == ()


async def _claimed(scene: Scene) -> Hold:
    return await scene.claim(await scene.add())


async def _ready(scene: Scene) -> Hold:
    hold = await _claimed(scene)
    await scene.ledger.dials.defer(hold, not_before=NOW, reason=Reason.OUTSIDE_HOURS, now=NOW)
    return hold


async def _held(scene: Scene) -> Hold:
    hold = await _claimed(scene)
    await scene.ledger.dials.hold_back(hold, reason=Reason.ZONE_UNKNOWN, now=NOW)
    return hold


async def _skipped(scene: Scene) -> Hold:
    hold = await _claimed(scene)
    await scene.ledger.dials.skip(hold, reason=Reason.CONTACT_REFUSED, now=NOW)
    return hold


async def _expired(scene: Scene) -> Hold:
    hold = await _claimed(scene)
    await scene.ledger.dials.skip(hold, reason=Reason.EXPIRED, now=NOW)
    return hold


async def _cancelled(scene: Scene) -> Hold:
    hold = await _ready(scene)
    await scene.ledger.actions.cancel(hold.call_id, actor="ann", now=NOW)
    return hold


async def _joined(scene: Scene) -> Hold:
    hold = await _claimed(scene)
    other = await scene.claim(await scene.add("+14155550199"))
    await scene.grant(other, terms(people=("id:7",)))
    await scene.grant(hold, terms(people=("id:7",)))
    return hold


async def _closed(scene: Scene) -> Hold:
    hold = await _finished(UNCERTAIN)(scene)
    await scene.ledger.actions.resolve(hold.call_id, "close", actor="ann", now=NOW)
    return hold


async def _dialing(scene: Scene) -> Hold:
    return await scene.dialing()


def _finished(outcome: Placed | Refused | Uncertain) -> Callable[[Scene], Awaitable[Hold]]:
    async def bring(scene: Scene) -> Hold:
        hold = await scene.dialing()
        await scene.ledger.dials.finish(hold, outcome, now=NOW)
        return hold

    return bring


WAYS: dict[CallState, Callable[[Scene], Awaitable[Hold]]] = {
    CallState.READY: _ready,
    CallState.HELD: _held,
    CallState.CLAIMED: _claimed,
    CallState.DIALING: _dialing,
    CallState.PLACED: _finished(PLACED),
    CallState.REJECTED: _finished(REFUSED),
    CallState.UNKNOWN: _finished(UNCERTAIN),
    CallState.SKIPPED: _skipped,
    CallState.EXPIRED: _expired,
    CallState.CANCELLED: _cancelled,
    CallState.JOINED: _joined,
    CallState.CLOSED: _closed,
}


async def bring(scene: Scene, state: CallState) -> Hold:
    """A call brought into a state, and the hold its worker had."""
    hold = await WAYS[state](scene)
    assert await scene.state(hold.call_id) is state
    return hold
