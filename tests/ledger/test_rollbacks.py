"""A ledger that was set back is noticed by the first claim or grant, stops everything, and is told what it forgot."""

from dataclasses import replace
from datetime import timedelta

import pytest
from ledger.scenes import LEASE, NOW, PLACED, UNSENT, Scene, at, terms

from gateway.ledger import Ledger
from gateway.ledger.marks import Mark
from gateway.ledger.records import Call, GrantAnswer, Hold, Transition
from gateway.ledger.rollbacks import GrantNote
from gateway.ledger.stops import Stoppable
from gateway.model import CallState, Priority
from gateway.reasons import Reason

pytestmark = pytest.mark.anyio
EMPTY = Mark(worker="disk1")


async def granted(ledger: Ledger, call: Call, mark: Mark = EMPTY) -> tuple[GrantAnswer, Mark | None]:
    """One grant's answer and the worker's mark after it."""
    grant = await ledger.dials.grant(call.hold(), terms(), now=NOW, deadline=timedelta(seconds=60), mark=mark)
    return grant.answer, grant.mark


async def read(ledger: Ledger, call_id: str) -> Call:
    """A call as the ledger has it."""
    call = await ledger.reads.call(call_id)
    assert call is not None
    return call


async def claim(ledger: Ledger, mark: Mark = EMPTY, owner: str = "w1") -> tuple[Call, ...]:
    """Whatever is due, claimed."""
    return (await ledger.dials.claim(owner, limit=10, now=NOW, lease=LEASE, mark=mark)).calls


async def test_every_grant_counts_once(ledger: Ledger) -> None:
    """For its worker and for all; a repeated request, its answer lost, is not another."""
    scene = Scene(ledger)
    await scene.add("+14155550101")
    await scene.add("+14155550102")
    one, two = await claim(ledger)
    assert await granted(ledger, one) == (GrantAnswer.GRANTED, Mark(worker="disk1", own=1, total=1))
    assert await granted(ledger, one) == (GrantAnswer.REPEATED, Mark(worker="disk1", own=1, total=1))
    other = Mark(worker="disk2")
    assert (await granted(ledger, two, other))[1] == Mark(worker="disk2", own=1, total=2)
    assert await ledger.rollback.known("disk1") == Mark(worker="disk1", own=1, total=2)


async def test_a_repeated_grant_keeps_its_own_number(ledger: Ledger) -> None:
    """Also when others were let out since: two notes of one number would name more grants than were forgotten."""
    scene = Scene(ledger)
    await scene.add("+14155550101")
    await scene.add("+14155550102")
    one, two = await claim(ledger)
    await granted(ledger, one)
    await granted(ledger, two)
    assert await granted(ledger, one) == (GrantAnswer.REPEATED, Mark(worker="disk1", own=1, total=1))


@pytest.mark.parametrize("mark", [Mark(worker="disk1", own=1, total=1), Mark(worker="disk1", own=0, total=1)])
async def test_a_ledger_that_knows_of_less_lets_nothing_out(ledger: Ledger, mark: Mark) -> None:
    """Neither a claim nor a grant: nothing is moved, and both say why. One who remembers nothing goes on."""
    scene = Scene(ledger)
    call_id = await scene.add()
    claims = await ledger.dials.claim("w1", limit=1, now=NOW, lease=LEASE, mark=mark)
    assert (claims.calls, claims.forgot) == ((), True)
    assert (await read(ledger, call_id)).state is CallState.READY
    (call,) = await claim(ledger)
    assert (await granted(ledger, call, mark))[0] is GrantAnswer.FORGOTTEN
    assert (await read(ledger, call_id)).state is CallState.CLAIMED


def note(call_id: str, number: int = 1, owner: str = "w1", fence: int = 1) -> GrantNote:
    """What a journal has of a grant."""
    return GrantNote(number=number, hold=Hold(call_id=call_id, owner=owner, fence=fence), at=NOW)


async def test_a_forgotten_grant_makes_its_call_unknown_and_stops_all(ledger: Ledger) -> None:
    """The person counts as rung; nothing else rings until a person resumes; the late proof is taken."""
    scene = Scene(ledger)
    rung, other = await scene.add("+14155550101"), await scene.add("+14155550102")
    mark = Mark(worker="disk1", own=1, total=1)
    done = await ledger.rollback.quarantine(mark, [note(rung)], by="disk1", now=at(1))
    assert (done.unknown, done.missing, done.known) == ((rung,), 0, EMPTY)
    call = await read(ledger, rung)
    assert (call.state, call.reason, call.attempts) == (CallState.UNKNOWN, Reason.ROLLED_BACK, 1)
    (stop,) = await ledger.stops.in_force(now=at(2))
    assert (stop.what, stop.until) == (Stoppable.ROLLBACK, None)
    assert await claim(ledger, mark) == ()
    again = await scene.add("+14155550101", now=at(3))
    assert (await read(ledger, again)).state is CallState.JOINED
    assert await ledger.dials.finish(note(rung).hold, PLACED, now=at(4)) is Transition.DONE
    assert (await ledger.audit.recount(now=at(5))).broken == ()
    await ledger.stops.resume(Stoppable.ROLLBACK, actor="ann", now=at(6))
    claims = await ledger.dials.claim("w1", limit=9, now=at(6), lease=LEASE, mark=mark)
    assert [one.id for one in claims.calls] == [other]


async def test_it_may_be_told_twice(ledger: Ledger) -> None:
    """The ledger counts up to the mark: a second report of the same finds nothing forgotten."""
    scene = Scene(ledger)
    rung = await scene.add()
    mark = Mark(worker="disk1", own=1, total=1)
    for unknown in ((rung,), ()):
        done = await ledger.rollback.quarantine(mark, [note(rung)], by="disk1", now=at(1))
        assert done.unknown == unknown
    assert (await read(ledger, rung)).attempts == 1
    so_far = await ledger.rollback.so_far()
    assert so_far is not None
    assert (so_far.forgotten, so_far.named) == (1, 1)


async def test_what_nobody_names_is_held_for_a_person(ledger: Ledger) -> None:
    """Grants that no journal names may be of any call accepted before: each waits for a person's release."""
    scene = Scene(ledger)
    doubtful = await scene.add("+14155550101")
    mark = Mark(worker="disk1", own=0, total=3)
    await ledger.rollback.quarantine(mark, [], by="disk1", now=at(1))
    await ledger.stops.resume(Stoppable.ROLLBACK, actor="ann", now=at(2))
    fresh = await scene.add("+14155550102", now=at(3))
    claims = await ledger.dials.claim("w1", limit=9, now=at(3), lease=LEASE, mark=mark)
    assert [one.id for one in claims.calls] == [fresh]
    held = await read(ledger, doubtful)
    assert (held.state, held.reason) == (CallState.HELD, Reason.ROLLED_BACK)
    await ledger.actions.release(doubtful, actor="ann", now=at(4))
    claims = await ledger.dials.claim("w1", limit=9, now=at(4), lease=LEASE, mark=mark)
    assert [one.id for one in claims.calls] == [doubtful]
    assert (await ledger.audit.recount(now=at(5))).broken == ()


async def test_two_workers_name_what_both_forgot(ledger: Ledger) -> None:
    """The one that looks first sees all that was forgotten, the other adds its names: nothing is left in doubt."""
    scene = Scene(ledger)
    one, two, three = [await scene.add(f"+1415555010{number}") for number in range(3)]
    first, second = Mark(worker="disk1", own=1, total=2), Mark(worker="disk2", own=1, total=2)
    await ledger.rollback.quarantine(first, [note(one)], by="disk1", now=at(1))
    assert second.ahead_of(await ledger.rollback.known("disk2"))
    await ledger.rollback.quarantine(second, [note(two, owner="w2")], by="disk2", now=at(2))
    await ledger.stops.resume(Stoppable.ROLLBACK, actor="ann", now=at(3))
    claims = await ledger.dials.claim("w1", limit=9, now=at(3), lease=LEASE, mark=first)
    assert [call.id for call in claims.calls] == [three]


async def test_whoever_claims_it_meanwhile_may_not_dial_it(ledger: Ledger) -> None:
    """A worker without a memory claimed the forgotten call again: its grant is refused."""
    scene = Scene(ledger)
    rung = await scene.add()
    (call,) = await claim(ledger, Mark(worker="disk2"), owner="w2")
    mark = Mark(worker="disk1", own=1, total=1)
    await ledger.rollback.quarantine(mark, [note(rung)], by="disk1", now=at(1))
    answer, _ = await granted(ledger, call, Mark(worker="disk2"))
    assert answer in {GrantAnswer.STALE, GrantAnswer.WRONG_STATE}
    assert (await read(ledger, rung)).state is CallState.UNKNOWN


async def test_what_the_ledger_knows_to_have_rung_stays(ledger: Ledger) -> None:
    """A call that is PLACED by what was not forgotten is not made UNKNOWN; one it does not have is only counted."""
    scene = Scene(ledger)
    placed = await scene.add()
    (call,) = await claim(ledger)
    await granted(ledger, call)
    await ledger.dials.finish(call.hold(), PLACED, now=NOW)
    mark = Mark(worker="disk1", own=3, total=3)
    notes = [note(placed, number=2), note("call_gone", number=3)]
    done = await ledger.rollback.quarantine(mark, notes, by="disk1", now=at(1))
    assert (done.unknown, done.missing, done.known.own) == ((), 1, 1)
    assert (await read(ledger, placed)).state is CallState.PLACED


async def test_a_try_that_was_proved_unsent_is_no_ring(ledger: Ledger) -> None:
    """Counts of an earlier try stay right when a later, forgotten one makes the call UNKNOWN."""
    scene = Scene(ledger)
    rung = await scene.add()
    (call,) = await claim(ledger)
    _, mark = await granted(ledger, call)
    await ledger.dials.finish(call.hold(), UNSENT, now=NOW, retry_at=NOW)
    assert mark is not None
    ahead = replace(mark, own=2, total=2)
    await ledger.rollback.quarantine(ahead, [note(rung, number=2, fence=2)], by="disk1", now=at(1))
    assert (await read(ledger, rung)).attempts == 2
    assert (await ledger.audit.recount(now=at(2))).broken == ()


async def test_what_ended_before_its_grant_was_told_can_be_dialled_again(ledger: Ledger) -> None:
    """A ledger set back for hours lets the lead expire first; a redial by a person then has its place in line."""
    scene = Scene(ledger)
    rung = await scene.add(life=timedelta(seconds=10))
    await ledger.sweeps.sweep(now=at(20), limit=10)
    assert (await read(ledger, rung)).state is CallState.EXPIRED
    mark = Mark(worker="disk1", own=1, total=1)
    await ledger.rollback.quarantine(mark, [note(rung)], by="disk1", now=at(21))
    await ledger.stops.resume(Stoppable.ROLLBACK, actor="ann", now=at(22))
    assert await ledger.actions.resolve(rung, "redial", actor="ann", now=at(23)) is Transition.DONE
    assert (await ledger.audit.recount(now=at(24))).broken == ()
    later = await scene.add("+14155550102", now=at(25), priority=Priority.LOW)
    claims = await ledger.dials.claim("w1", limit=9, now=at(26), lease=LEASE, mark=mark)
    assert [one.id for one in claims.calls] == [rung, later]
