"""Numbers that the call API refuses: they rest, others stand in, and what is in doubt never leads to a second one."""

from dataclasses import replace
from datetime import timedelta

import pytest
from ledger.scenes import DEADLINE, LEASE, NOW, PLACED, REFUSED, UNCERTAIN, UNSENT, Scene, at, plan

from gateway.ledger.records import Grant, GrantAnswer, Hold
from gateway.ledger.stops import Stoppable
from gateway.ledger.terms import Concurrency, GrantTerms, NumberTerms, RateLimit
from gateway.model import CallState, Outcome, Refused
from gateway.reasons import Reason

pytestmark = pytest.mark.anyio
BAD = Refused(reason=Reason.NUMBER_REFUSED, status=400, detail='HTTP 400: fromNumberId: no "such" number')
DAY = timedelta(days=1)


def choice(*names: str, patience: float = 60, **rates: tuple[RateLimit, ...]) -> GrantTerms:
    """Terms of a call that may be made from any of these numbers."""
    numbers = tuple(NumberTerms(name=name, from_number_id=f"pn_{name}", rates=rates.get(name, ())) for name in names)
    return GrantTerms(
        contact_id="ct_1", person_keys=(), valid_until=None, numbers=numbers, patience=timedelta(seconds=patience)
    )


ONE, BOTH = choice("east"), choice("east", "west")


async def asked(scene: Scene, person: int, given: GrantTerms, second: float, call_id: str = "") -> tuple[Hold, Grant]:
    """A call of a person of its own (or one that waits), claimed and its grant asked for."""
    call_id = call_id or await scene.add(f"+1415555{person:04}", now=at(second))
    hold = await scene.claim(call_id, now=at(second))
    return hold, await scene.grant(hold, given, now=at(second))


async def ended(scene: Scene, hold: Hold, outcome: Outcome, second: float) -> None:
    """The outcome of a call, written twice as after a lost answer."""
    for _ in range(2):
        await scene.ledger.dials.finish(hold, outcome, now=at(second))


async def refuse(scene: Scene, times: int, second: float = 0) -> None:
    """So many calls, each refused for the number east."""
    for person in range(times):
        hold, grant = await asked(scene, 9000 + int(second) + person, ONE, second + person)
        assert grant.answer is GrantAnswer.GRANTED
        await ended(scene, hold, BAD, second + person)


async def test_a_refused_number_gives_the_call_back(scene: Scene) -> None:
    """The one call of the number waits for it, with the reason and a time; nobody rang, so no ring counts."""
    hold, _ = await asked(scene, 1, ONE, 0)
    await ended(scene, hold, BAD, 1)
    call = await scene.call(hold.call_id)
    assert (call.state, call.reason, call.not_before) == (CallState.READY, Reason.NUMBER_REFUSED, at(61))
    (health,) = await scene.ledger.numbers.refused(now=at(1))
    assert (health.number, health.refusals, health.ailing, health.said) == ("east", 1, False, BAD.detail)
    _, again = await asked(scene, 1, ONE, 61, hold.call_id)
    assert again.answer is GrantAnswer.GRANTED
    await scene.sound(now=at(61))


async def test_three_refusals_make_it_rest(scene: Scene) -> None:
    """A further call waits for its number without a request, for longer each time, and one alone tries it again."""
    await refuse(scene, 3)
    hold, grant = await asked(scene, 1, ONE, 10)
    assert (grant.answer, grant.reason, grant.until) == (GrantAnswer.DEFERRED, Reason.NUMBER_AILING, at(242))
    assert (await scene.claims(now=at(241))).calls == ()
    await asked(scene, 2, ONE, 100)
    trial = (await scene.claims(now=at(242))).calls
    assert len(trial) >= 1
    first = await scene.grant(trial[0].hold(), ONE, now=at(242))
    others = [await scene.grant(call.hold(), ONE, now=at(242)) for call in trial[1:]]
    assert first.answer is GrantAnswer.GRANTED
    assert {other.reason for other in others} <= {Reason.NUMBER_AILING}
    await ended(scene, trial[0].hold(), BAD, 243)
    (health,) = await scene.ledger.numbers.refused(now=at(243))
    assert (health.refusals, health.resting_until) == (4, at(243 + 480))
    await scene.sound(now=at(243))
    assert hold.call_id


async def test_a_placed_call_heals_it(scene: Scene) -> None:
    """The trial that is placed ends the rest: whoever waited goes on."""
    await refuse(scene, 3)
    await asked(scene, 1, ONE, 10)
    trial = (await scene.claims(now=at(242), limit=1)).calls[0].hold()
    await scene.grant(trial, ONE, now=at(242))
    await ended(scene, trial, PLACED, 243)
    assert await scene.ledger.numbers.refused(now=at(243)) == ()
    assert len((await scene.claims(now=at(244))).calls) == 3
    await scene.sound(now=at(244))


async def test_a_person_is_told(scene: Scene) -> None:
    """A number that rests is an alert with what the call API said; the call that is placed ends it."""
    await refuse(scene, 2)
    assert await scene.ledger.alerts.open() == ()
    await refuse(scene, 1, second=5)
    (alert,) = await scene.ledger.alerts.open()
    assert (alert.kind, alert.subject, alert.critical) == ("number_ailing", "east", False)
    assert BAD.detail in alert.detail
    trial = (await scene.claims(now=at(300), limit=1)).calls[0].hold()
    await scene.grant(trial, ONE, now=at(300))
    await ended(scene, trial, PLACED, 301)
    assert await scene.ledger.alerts.open() == ()


async def test_answers_from_before_the_rest_do_not_lengthen_it(scene: Scene) -> None:
    """Ten requests in flight, all refused at once, are one rest and not an hour's."""
    holds = [(await asked(scene, person, ONE, 0))[0] for person in range(10)]
    for hold in holds:
        await ended(scene, hold, BAD, 1)
    (health,) = await scene.ledger.numbers.refused(now=at(1))
    assert (health.refusals, health.resting_until) == (3, at(241))


async def test_a_call_that_cannot_wait_expires(scene: Scene) -> None:
    """A lead whose time is over before its number has rested expires, with the reason in its history."""
    call_id = await scene.add(life=timedelta(seconds=30))
    hold, _ = await asked(scene, 1, ONE, 0, call_id)
    await ended(scene, hold, BAD, 1)
    await scene.ledger.sweeps.sweep(now=at(31))
    assert await scene.state(call_id) is CallState.EXPIRED
    assert Reason.NUMBER_REFUSED in {entry.reason for entry in await scene.ledger.reads.timeline(call_id)}


async def test_the_second_number(scene: Scene) -> None:
    """Refused for its number, the same call goes out from the next at once; its history has both."""
    hold, grant = await asked(scene, 1, BOTH, 0)
    assert (grant.number, grant.from_number_id) == ("east", "pn_east")
    await ended(scene, hold, BAD, 1)
    second, grant = await asked(scene, 1, BOTH, 1, hold.call_id)
    assert (grant.answer, grant.number, grant.from_number_id) == (GrantAnswer.GRANTED, "west", "pn_west")
    repeated = await scene.grant(second, BOTH, now=at(1))
    assert (repeated.answer, repeated.number) == (GrantAnswer.REPEATED, "west")
    await ended(scene, second, PLACED, 2)
    call = await scene.call(hold.call_id)
    assert (call.state, call.attempts, call.number, call.from_number_id) == (CallState.PLACED, 2, "west", "pn_west")
    timeline = await scene.ledger.reads.timeline(hold.call_id)
    assert [entry.facts["number"] for entry in timeline if entry.state == "DIALING"] == ["east", "west"]
    await scene.sound(now=at(2))


async def test_the_set_bounds_the_tries(scene: Scene) -> None:
    """When each of its numbers was refused, the call waits for one to rest before any is tried again."""
    hold, _ = await asked(scene, 1, BOTH, 0)
    await ended(scene, hold, BAD, 0)
    hold, _ = await asked(scene, 1, BOTH, 1, hold.call_id)
    await ended(scene, hold, BAD, 1)
    call = await scene.call(hold.call_id)
    assert (call.state, call.attempts, call.not_before) == (CallState.READY, 2, at(61))
    assert (await scene.claims(now=at(60))).calls == ()
    _, grant = await asked(scene, 1, BOTH, 61, hold.call_id)
    assert grant.answer is GrantAnswer.GRANTED


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(UNCERTAIN, CallState.UNKNOWN), (REFUSED, CallState.REJECTED), (PLACED, CallState.PLACED)],
)
async def test_no_second_number_otherwise(scene: Scene, outcome: Outcome, state: CallState) -> None:
    """After an outcome in doubt, a refusal of the contact or a 2xx, nothing is ever claimed again."""
    hold, _ = await asked(scene, 1, BOTH, 0)
    await ended(scene, hold, outcome, 1)
    for second in (2, 120, 4000):
        await scene.ledger.sweeps.sweep(now=at(second))
        assert (await scene.claims(now=at(second))).calls == ()
    call = await scene.call(hold.call_id)
    assert (call.state, call.attempts) == (state, 1)


@pytest.mark.parametrize("said", [BAD, REFUSED, PLACED, UNSENT])
async def test_a_crash_between_is_no_refusal(scene: Scene, said: Outcome) -> None:
    """A worker that dies after the grant leaves UNKNOWN; its late word, even of a refused number, dials nobody."""
    hold, _ = await asked(scene, 1, BOTH, 0)
    await scene.ledger.sweeps.sweep(now=at(DEADLINE.total_seconds()))
    assert await scene.state(hold.call_id) is CallState.UNKNOWN
    await ended(scene, hold, said, 61)
    await scene.ledger.sweeps.sweep(now=at(3600))
    assert (await scene.claims(now=at(3600))).calls == ()
    assert (await scene.call(hold.call_id)).attempts == 1
    await scene.sound(now=at(3600))


async def test_a_crash_before_the_second_grant_loses_nothing(scene: Scene) -> None:
    """The refusal is written with what is to follow: another worker goes on with the other number."""
    hold, _ = await asked(scene, 1, BOTH, 0)
    await ended(scene, hold, BAD, 1)
    await scene.claim(hold.call_id, now=at(1))  # and dies
    await scene.ledger.sweeps.sweep(now=at(1 + LEASE.total_seconds()))
    _, grant = await asked(scene, 1, BOTH, 40, hold.call_id)
    assert grant.number == "west"


async def test_a_redial_by_order_keeps_its_number(scene: Scene) -> None:
    """What a person orders to be dialled again, not knowing whether it rang, goes out from the number it had."""
    hold, _ = await asked(scene, 1, BOTH, 0)
    await ended(scene, hold, UNCERTAIN, 1)
    await refuse(scene, 3, second=10)
    await scene.ledger.actions.resolve(hold.call_id, "redial", actor="ann", now=at(20))
    _, grant = await asked(scene, 1, BOTH, 20, hold.call_id)
    assert (grant.answer, grant.reason) == (GrantAnswer.DEFERRED, Reason.NUMBER_AILING)


@pytest.mark.parametrize(("patience", "number"), [(60, "west"), (2 * 86400, None)])
async def test_a_number_that_is_full_for_the_day_is_passed_over(
    scene: Scene, patience: float, number: str | None
) -> None:
    """A choice takes the next number, and says why; with more patience than the wait it keeps its own."""
    rates = (RateLimit(key="number:east", per=DAY, limit=1),)
    given = choice("east", "west", patience=patience, east=rates)
    await asked(scene, 1, given, 0)
    hold, grant = await asked(scene, 2, given, 5)
    assert grant.number == number
    told = (await scene.ledger.reads.timeline(hold.call_id))[-1]
    if number:
        assert told.facts == {"number": "west", "passed_over": "east pace"}
    else:
        assert (grant.reason, grant.until) == (Reason.PACE, NOW + DAY)


async def test_a_moment_is_worth_the_wait(scene: Scene) -> None:
    """A second's pace does not send a call to another number: it waits for its own."""
    rates = (RateLimit(key="number:east", per=timedelta(seconds=1), limit=1),)
    given = choice("east", "west", east=rates)
    await asked(scene, 1, given, 0)
    _, grant = await asked(scene, 2, given, 0.2)
    assert (grant.answer, grant.until) == (GrantAnswer.DEFERRED, at(1))


async def test_the_talk_keeps_its_place(scene: Scene) -> None:
    """A placed call keeps its place for the talk time, one that is refused or unknown gives it back at once."""
    slot = Concurrency(key="number:east", limit=1, talk=timedelta(minutes=3))
    numbers = (NumberTerms(name="east", from_number_id="pn_east", concurrencies=(slot,)),)
    given = GrantTerms(contact_id="ct_1", person_keys=(), valid_until=None, numbers=numbers)
    for second, outcome in enumerate((UNCERTAIN, REFUSED, UNSENT, PLACED)):
        hold, grant = await asked(scene, second, given, second)
        assert grant.answer is GrantAnswer.GRANTED, outcome
        await scene.ledger.dials.finish(hold, outcome, now=at(second), retry_at=at(9000))
    hold, grant = await asked(scene, 8, given, 10)
    assert (grant.reason, grant.until) == (Reason.CONCURRENCY, at(183))
    assert (await scene.claims(now=at(182))).calls == ()
    _, grant = await asked(scene, 8, given, 183, hold.call_id)
    assert grant.answer is GrantAnswer.GRANTED


async def test_a_plan_remembers_its_numbers(scene: Scene) -> None:
    """The set, best first, is read back; a rule with one number keeps none."""
    accepted = await scene.accept(replace(plan(), numbers=("east", "west")), plan("+14155550111", ordinal=1))
    calls = [await scene.call(call_id) for call_id in accepted.call_ids]
    assert [call.numbers for call in calls] == [("east", "west"), ()]


@pytest.mark.parametrize("until", [None, 30], ids=["for good", "for less than the wait for a number"])
async def test_a_stopped_number_stands_in_for_nobody(scene: Scene, until: float | None) -> None:
    """What a person stopped is not dialled from, also where it is only the second choice."""
    end = None if until is None else at(until)
    await scene.ledger.stops.stop(Stoppable.NUMBER, "west", actor="ann", now=NOW, until=end)
    await refuse(scene, 3)
    hold, grant = await asked(scene, 1, BOTH, 10)
    assert (grant.answer, (await scene.call(hold.call_id)).attempts) == (GrantAnswer.DEFERRED, 0)
    await scene.ledger.stops.resume(Stoppable.NUMBER, "west", actor="ann", now=at(11))
    await scene.sound(now=at(11))
