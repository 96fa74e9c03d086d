"""Caps per person: never exceeded however many ask at once, never leaking, and honest about waiting."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger.scenes import NOW, PLACED, REFUSED, UNCERTAIN, UNSENT, Scene, at, terms

from gateway.embedded import EmbeddedValkey
from gateway.ledger import Ledger
from gateway.ledger.breakers import Breaker
from gateway.ledger.connection import Connection
from gateway.ledger.records import Grant, GrantAnswer, Hold
from gateway.ledger.terms import GrantTerms, RateLimit
from gateway.model import CallState, Outcome
from gateway.reasons import Reason

DAY, WEEK = timedelta(days=1), timedelta(days=7)
CAPS = (RateLimit(key="person", per=DAY, limit=2), RateLimit(key="person", per=WEEK, limit=3))
GIVEN: GrantTerms = replace(terms(people=("id:main:ct_1",)), caps=CAPS)
NO_COOLDOWN = timedelta(0)
NO_BREAKER = Breaker(doubts=None)  # or the account would wait, whatever the caps leave


async def _ask(scene: Scene, seconds: float, number: int, **details: Any) -> tuple[Hold, Grant]:
    """One more call for the same contact, under a phone of its own, asks to dial."""
    now = at(seconds)
    person = f"+1415555{number:04}"
    hold = await scene.claim(await scene.add(person, now=now, cooldown=NO_COOLDOWN, **details), now=now)
    return hold, await scene.grant(hold, GIVEN, now=now)


async def _ring(scene: Scene, seconds: float, number: int, outcome: Outcome = PLACED) -> Hold:
    hold, grant = await _ask(scene, seconds, number)
    assert grant.answer is GrantAnswer.GRANTED
    await scene.ledger.dials.finish(hold, outcome, now=at(seconds), retry_at=at(10**6), breaker=NO_BREAKER)
    return hold


@pytest.mark.anyio
async def test_over_the_cap_a_call_waits(scene: Scene) -> None:
    """It is READY until the oldest ring that counts has left its window, and rings then, not a moment before."""
    await _ring(scene, 0, 1)
    await _ring(scene, 100, 2, UNCERTAIN)
    hold, grant = await _ask(scene, 200, 3, life=timedelta(days=3))
    assert (grant.answer, grant.reason, grant.until) == (GrantAnswer.DEFERRED, Reason.CAP_REACHED, NOW + DAY)
    assert await scene.grant(hold, GIVEN, now=at(200)) == grant
    assert (await scene.call(hold.call_id)).attempts == 0
    assert (await scene.claims(now=NOW + DAY - timedelta(seconds=1))).calls == ()
    again = await scene.claim(hold.call_id, now=NOW + DAY)
    assert (await scene.grant(again, GIVEN, now=NOW + DAY)).answer is GrantAnswer.GRANTED
    await scene.sound(now=NOW + DAY)


@pytest.mark.anyio
async def test_a_call_that_cannot_wait_so_long_is_skipped(scene: Scene) -> None:
    """When the lead would expire first it ends at once, with the reason."""
    await _ring(scene, 0, 1)
    await _ring(scene, 100, 2)
    hold, grant = await _ask(scene, 200, 3, life=timedelta(hours=1))
    assert (grant.answer, grant.reason) == (GrantAnswer.SKIPPED, Reason.CAP_REACHED)
    assert await scene.grant(hold, GIVEN, now=at(200)) == grant
    assert await scene.state(hold.call_id) is CallState.SKIPPED
    await scene.sound(now=at(200))


@pytest.mark.anyio
async def test_the_longer_window_counts_too(scene: Scene) -> None:
    """Within the day's cap but over the week's, the wait is the week's."""
    for day in range(3):
        await _ring(scene, day * 90_000, day)
    _, grant = await _ask(scene, 4 * 86_400, 9, life=timedelta(days=30))
    assert (grant.reason, grant.until) == (Reason.CAP_REACHED, NOW + WEEK)


@pytest.mark.anyio
@pytest.mark.parametrize("outcome", [UNSENT, REFUSED])
async def test_what_did_not_ring_is_given_back(scene: Scene, outcome: Outcome) -> None:
    """However often a request is proved unsent or refused, the person's rings stay what they were."""
    await _ring(scene, 0, 1)
    for number in range(2, 7):
        await _ring(scene, number, number, outcome)
    await _ring(scene, 10, 8)
    assert (await _ask(scene, 11, 9))[1].reason is Reason.CAP_REACHED


@pytest.mark.anyio
async def test_an_unknown_counts_until_it_is_refuted(scene: Scene) -> None:
    """A request that ended unknown counts as a ring; late proof of a refusal gives it back."""
    hold = await _ring(scene, 0, 1, UNCERTAIN)
    await _ring(scene, 1, 2)
    assert (await _ask(scene, 2, 3))[1].reason is Reason.CAP_REACHED
    await scene.ledger.dials.finish(hold, REFUSED, now=at(3))
    assert (await _ask(scene, 4, 4))[1].answer is GrantAnswer.GRANTED


@pytest.mark.anyio
async def test_each_ring_of_one_call_counts(scene: Scene) -> None:
    """A redial that a person ordered is a ring of its own, and waits for the cap like any other."""
    hold = await _ring(scene, 0, 1, UNCERTAIN)
    for second in (10, 20):
        await scene.ledger.actions.resolve(hold.call_id, "redial", actor="ann", now=at(second))
        hold = await scene.claim(hold.call_id, now=at(second))
        grant = await scene.grant(hold, GIVEN, now=at(second))
        if grant.answer is GrantAnswer.GRANTED:
            await scene.ledger.dials.finish(hold, UNCERTAIN, now=at(second))
    assert grant.reason is Reason.CAP_REACHED
    assert (await scene.call(hold.call_id)).attempts == 2


@dataclass
class Person:
    """What a bystander knows of one person's rings: when each was let out, those proved not to have rung left out."""

    rings: dict[Hold, float] = field(default_factory=dict)

    def free(self, now: float) -> int:
        """How many more may be let out now."""
        return min(
            cap.limit - sum(now - ring < cap.per.total_seconds() for ring in self.rings.values()) for cap in CAPS
        )


ROUNDS = st.lists(
    st.tuples(st.integers(1, 5), st.sampled_from([60, 40_000, 86_400, 300_000]),
              st.lists(st.sampled_from([PLACED, REFUSED, UNCERTAIN, UNSENT]), min_size=5, max_size=5)),
    min_size=1, max_size=8,
)  # fmt: skip


@given(rounds=ROUNDS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_never_exceeded_and_never_leaking(valkey_server: EmbeddedValkey, rounds: list[Any]) -> None:
    """Whatever comes of what is asked: as many are let out as the caps leave, no more and no fewer."""
    with asyncio.Runner() as runner:

        def do(work: Coroutine[Any, Any, Any]) -> Any:
            return runner.run(work)

        connection = Connection.open(valkey_server.url)
        do(connection.redis.flushall())
        do(_live(Scene(Ledger.on(connection)), rounds))
        do(connection.close())


async def _live(scene: Scene, rounds: list[Any]) -> None:
    person, now, serial = Person(), 0.0, 0
    for count, pause, outcomes in rounds:
        holds = []
        for _ in range(count):
            serial += 1
            call_id = await scene.add(f"+1415555{serial:04}", now=at(now), cooldown=NO_COOLDOWN)
            holds.append(await scene.claim(call_id, now=at(now), owner=f"w{serial}"))
        for hold in holds:
            await _raced(scene, person, hold, now, outcomes[len(person.rings) % 5])
        now += pause
        await scene.ledger.sweeps.sweep(now=at(now))


async def _raced(scene: Scene, person: Person, hold: Hold, now: float, outcome: Outcome) -> None:
    allowed = person.free(now) > 0
    answers = await asyncio.gather(*(scene.grant(hold, GIVEN, now=at(now)) for _ in range(3)))
    granted = [grant for grant in answers if grant.answer is GrantAnswer.GRANTED]
    assert len(granted) == (1 if allowed else 0), answers
    if granted:
        person.rings[hold] = now
        await scene.ledger.dials.finish(hold, outcome, now=at(now), retry_at=at(now + 10**7), breaker=NO_BREAKER)
        if outcome in (REFUSED, UNSENT):
            del person.rings[hold]


@pytest.mark.anyio
async def test_many_workers_at_once(scene: Scene) -> None:
    """Thirty grants for one contact raced under thirty phones: exactly as many as the cap are let out."""
    for number in range(30):
        await scene.add(f"+1415555{number:04}", cooldown=NO_COOLDOWN)
    holds = [call.hold() for call in (await scene.claims(limit=50)).calls]
    ended: list[Grant] = []
    for hold in holds[:2]:
        ended.append(await scene.grant(hold, GIVEN))
        await scene.ledger.dials.finish(hold, PLACED, now=NOW)
    ended += await asyncio.gather(*(scene.grant(hold, GIVEN, now=at(1)) for hold in holds[2:]))
    assert [grant.answer for grant in ended].count(GrantAnswer.GRANTED) == 2
    await scene.sound(now=at(1))
