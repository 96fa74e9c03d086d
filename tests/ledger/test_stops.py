"""The stop switch: nothing stopped is handed out or let out, nothing is lost, and a resume keeps the order."""

import asyncio
from datetime import timedelta

import pytest
from ledger.scenes import NOW, UNSENT, Scene, at

from gateway.ledger.records import GrantAnswer, Transition
from gateway.ledger.stops import Stoppable
from gateway.model import CallState
from gateway.reasons import Reason

pytestmark = pytest.mark.anyio
EVERYTHING, RULE = Stoppable.EVERYTHING, Stoppable.RULE
OURS = [
    (Stoppable.EVERYTHING, ""),
    (Stoppable.ACCOUNT, "main"),
    (Stoppable.SOURCE, "site"),
    (Stoppable.RULE, "demo"),
    (Stoppable.NUMBER, "east"),
]


@pytest.mark.parametrize(("what", "name"), OURS)
async def test_what_is_stopped_is_not_handed_out(scene: Scene, what: Stoppable, name: str) -> None:
    """A waiting call is set aside with its reason; a resume makes it due at once."""
    call_id = await scene.add()
    assert await scene.ledger.stops.stop(what, name, actor="ann", now=NOW) is Transition.DONE
    claims = await scene.claims(now=at(1))
    call = await scene.call(call_id)
    assert (claims.calls, call.state, call.reason) == ((), CallState.READY, Reason.STOPPED)
    line = (await scene.ledger.reads.timeline(call_id))[-1]
    assert line.facts == {"stopped": f"{what}:{name}" if name else "everything"}
    await scene.sound(now=at(1))
    assert await scene.ledger.stops.resume(what, name, actor="ann", now=at(2)) is Transition.DONE
    assert [call.id for call in (await scene.claims(now=at(2))).calls] == [call_id]
    await scene.sound(now=at(2))


@pytest.mark.parametrize(("what", "name"), OURS)
async def test_what_is_stopped_after_the_claim_is_not_let_out(scene: Scene, what: Stoppable, name: str) -> None:
    """The grant looks in the same write: a call claimed before the stop goes back, untouched, and its repeat agrees."""
    hold = await scene.claim(await scene.add())
    await scene.ledger.stops.stop(what, name, actor="ann", now=NOW)
    grant = await scene.grant(hold, now=at(1))
    assert (grant.answer, grant.reason) == (GrantAnswer.DEFERRED, Reason.STOPPED)
    assert await scene.grant(hold, now=at(1)) == grant
    assert (await scene.call(hold.call_id)).attempts == 0
    await scene.sound(now=at(1))


@pytest.mark.parametrize(("what", "name"), [(what, "other") for what, _ in OURS[1:]])
async def test_others_ring_on(scene: Scene, what: Stoppable, name: str) -> None:
    """A stop of another account, source, rule or number holds up nobody else."""
    await scene.ledger.stops.stop(what, name, actor="ann", now=NOW)
    hold = await scene.claim(await scene.add())
    assert (await scene.grant(hold)).answer is GrantAnswer.GRANTED


async def test_a_stop_ends_by_itself(scene: Scene) -> None:
    """Up to its `until` nothing goes out; from then on everything does, without anybody's order."""
    call_id = await scene.add()
    await scene.ledger.stops.stop(EVERYTHING, actor="ann", now=NOW, until=at(60))
    claims = await scene.claims(now=at(1))
    assert (claims.calls, claims.next_due) == ((), at(60))
    assert (await scene.claims(now=at(59.9))).calls == ()
    assert [call.id for call in (await scene.claims(now=at(60))).calls] == [call_id]
    assert await scene.ledger.stops.in_force(now=at(60)) == ()


@pytest.mark.parametrize("seconds", [30, 90])
async def test_an_end_may_be_moved(scene: Scene, seconds: int) -> None:
    """Ordered again with another end, earlier or later, that end counts also for calls that wait already."""
    await scene.add()
    await scene.ledger.stops.stop(EVERYTHING, actor="ann", now=NOW, until=at(60))
    await scene.claims(now=at(1))
    await scene.ledger.stops.stop(EVERYTHING, actor="bob", now=at(2), until=at(seconds))
    assert (await scene.claims(now=at(seconds - 1))).calls == ()
    assert len((await scene.claims(now=at(seconds))).calls) == 1


async def test_two_stops_over_one_call(scene: Scene) -> None:
    """A call rings only when everything that stops it is resumed."""
    call_id = await scene.add()
    await scene.ledger.stops.stop(EVERYTHING, actor="ann", now=NOW)
    await scene.ledger.stops.stop(RULE, "demo", actor="ann", now=NOW)
    for what, name in ((EVERYTHING, ""), (RULE, "demo")):
        assert (await scene.claims(now=at(1))).calls == ()
        await scene.ledger.stops.resume(what, name, actor="ann", now=at(1))
    assert [call.id for call in (await scene.claims(now=at(1))).calls] == [call_id]
    await scene.sound(now=at(1))


async def test_nothing_is_lost_and_the_order_stays(scene: Scene) -> None:
    """Hundreds of calls wait without going round in circles; the freshest ring first, spread over a
    minute; those too old have expired."""
    old = await scene.add("+14155550900", life=timedelta(seconds=30))
    ids = [await scene.add(f"+1415556{number:04}", now=at(number / 100)) for number in range(620)]
    await scene.ledger.stops.stop(EVERYTHING, actor="ann", now=at(7))
    for _ in range(5):
        assert (await scene.claims(now=at(8))).calls == ()
    assert (await scene.claims(now=at(8))).next_due > at(60)
    await scene.ledger.sweeps.sweep(now=at(40))
    await scene.ledger.stops.resume(EVERYTHING, actor="ann", now=at(50))
    seconds = [[call.id for call in (await scene.claims(limit=250, now=at(50 + n))).calls] for n in range(70)]
    assert [call_id for second in seconds for call_id in second] == ids[::-1]
    assert 1 <= max(len(second) for second in seconds) <= 11, "spread over about a minute"
    assert await scene.state(old) is CallState.EXPIRED
    await scene.sound(now=at(120))


async def test_an_unsent_call_waits_too(scene: Scene) -> None:
    """A request under way when everything stopped, and proved unsent, is not sent again before the resume."""
    hold = await scene.dialing()
    await scene.ledger.stops.stop(EVERYTHING, actor="ann", now=NOW)
    await scene.ledger.dials.finish(hold, UNSENT, now=at(1), retry_at=at(2))
    assert (await scene.claims(now=at(3))).calls == ()
    await scene.ledger.stops.resume(EVERYTHING, actor="ann", now=at(4))
    assert len((await scene.claims(now=at(4))).calls) == 1


async def test_a_probe_resumes_nothing_a_person_stopped(scene: Scene) -> None:
    """The account breaker and the person's stop are two things: the probe's resume ends the first only."""
    await scene.add()
    await scene.ledger.stops.stop(Stoppable.ACCOUNT, "main", actor="ann", now=NOW)
    await scene.ledger.actions.resume_account("main", actor="probe", now=NOW)
    assert (await scene.claims()).calls == ()


async def test_orders_are_repeat_safe_and_remembered(scene: Scene) -> None:
    """The same order twice is REPEATED and has one line; the history says who ordered what, newest first."""
    stops = scene.ledger.stops
    for expected in (Transition.DONE, Transition.REPEATED):
        assert await stops.stop(RULE, "demo", actor="ann", now=NOW, until=at(60), reason="wrong text") is expected
    (one,) = await stops.in_force(now=at(1))
    assert (one.what, one.name, one.since, one.until, one.by) == (RULE, "demo", NOW, at(60), "ann")
    for expected in (Transition.DONE, Transition.REPEATED):
        assert await stops.resume(RULE, "demo", actor="bob", now=at(2)) is expected
    past = [(change.action, change.by, change.reason, change.at) for change in await stops.history()]
    assert past == [("resume", "bob", "", at(2)), ("stop", "ann", "wrong text", NOW)]
    assert await stops.history(limit=1) == (await stops.history())[:1]


async def test_not_one_grant_after_a_stop(scene: Scene) -> None:
    """Grants raced by a stop: whatever is asked once the stop has been answered is refused."""
    ids = [await scene.add(f"+141555503{number:02}") for number in range(20)]
    holds = [call.hold() for call in (await scene.claims(limit=50)).calls]
    early = asyncio.gather(*(scene.grant(hold) for hold in holds[:10]))
    await scene.ledger.stops.stop(EVERYTHING, actor="ann", now=NOW)
    late = await asyncio.gather(*(scene.grant(hold) for hold in holds[10:]))
    assert {grant.reason for grant in late} == {Reason.STOPPED}
    granted = [grant for grant in await early if grant.answer is GrantAnswer.GRANTED]
    states = [await scene.state(call_id) for call_id in ids]
    assert states.count(CallState.DIALING) == len(granted)
    await scene.sound()
