"""Replays in bulk: previewed, approved, paced, cancelled; and killed anywhere without a call twice or lost."""

import asyncio
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from bulk_orders import BROKEN, FAILED, MENDED, calls_by_phone, failed, previewed, soon
from ledger.scenes import DEADLINE, terms
from rules.written import ENVIRON, with_rules
from waiting import soon as until

from gateway import bulk_replaying
from gateway.ledger import Ledger
from gateway.ledger.records import EventFilter, Transition
from gateway.ledger.replays import BulkReplay, ReplayState
from gateway.model import Placed
from gateway.replay_preview import ReplayFilter
from gateway.replaying import decide_stored
from gateway.rules.rulebook import Rulebook

pytestmark = pytest.mark.anyio


@pytest.fixture
def broken(tmp_path: Path) -> Rulebook:
    """A rule that fails for every event."""
    return with_rules(tmp_path, BROKEN)


@pytest.fixture
def mended(tmp_path: Path) -> Rulebook:
    """The same rule, right."""
    return with_rules(tmp_path, MENDED)


async def _ordered(ledger: Ledger, book: Rulebook, where: ReplayFilter = FAILED, *, again: bool = False) -> str:
    return (await previewed(ledger, book, where, again=again, now=soon(60))).id


async def _found(ledger: Ledger, made: str) -> BulkReplay:
    found = await ledger.replays.find(made)
    assert found is not None
    return found


async def _run(ledger: Ledger, book: Rulebook, *, start: float = 70, seconds: int = 60) -> int:
    """So many seconds of a sweeper that looks ten times a second; how many steps it made."""
    made = 0
    for tick in range(seconds * 10):
        while await bulk_replaying.carry_out(ledger, book, now=soon(start + tick / 10)) is not None:
            made += 1
    return made


async def _reached(ledger: Ledger, made: str, done: int) -> bool:
    return (await _found(ledger, made)).done >= done


async def test_an_order_from_preview_to_done(ledger: Ledger, broken: Rulebook, mended: Rulebook) -> None:
    """What must hold: nothing is decided before approval; then every event once, at the pace; the sum is kept."""
    ids = await failed(ledger, broken, 25)
    made = await _ordered(ledger, mended)
    assert await _run(ledger, mended, seconds=1) == 0
    order = await _found(ledger, made)
    assert (order.state, order.by, order.total, bulk_replaying.needs_second_person(order, mended)) == (
        ReplayState.PREVIEWED, "ann", 25, True,
    )  # fmt: skip
    assert await ledger.replays.approve(made, actor="bob", now=soon(65)) is Transition.DONE
    assert await ledger.replays.approve(made, actor="bob", now=soon(65)) is Transition.REPEATED
    assert 10 <= await _run(ledger, mended, seconds=1) <= 21  # ten a second, and one second of those that came late
    assert (await _found(ledger, made)).state is ReplayState.RUNNING
    await _run(ledger, mended, start=72, seconds=5)
    order = await _found(ledger, made)
    assert (order.state, order.approved_by, order.done, order.outcomes) == (
        ReplayState.DONE, "bob", 25, {"calls": 25},
    )  # fmt: skip
    assert set(await ledger.replays.steps(made)) == set(ids)
    assert set((await calls_by_phone(ledger)).values()) == {1}
    assert await ledger.replays.cancel(made, actor="ann", now=soon(99)) is Transition.WRONG_STATE
    assert (await ledger.audit.recount(now=soon(99))).broken == ()


async def test_a_damaged_event_ends_no_order(ledger: Ledger, broken: Rulebook, mended: Rulebook) -> None:
    """What must hold: what cannot be read any more counts as gone, and the others are decided."""
    ids = await failed(ledger, broken, 3)
    made = await _ordered(ledger, mended)
    await ledger.replays.approve(made, actor="bob", now=soon(65))
    await ledger.connection.redis.hset(ledger.connection.key("event", ids[1]), "data", b"{")
    await _run(ledger, mended, seconds=3)
    order = await _found(ledger, made)
    assert (order.state, order.done, order.outcomes) == (ReplayState.DONE, 3, {"calls": 2, "gone": 1})


async def test_cancelled_at_once(ledger: Ledger, broken: Rulebook, mended: Rulebook) -> None:
    """What must hold: after a cancellation nothing is written any more, not even by a step already under way."""
    await failed(ledger, broken, 3)
    made = await _ordered(ledger, mended)
    await ledger.replays.approve(made, actor="bob", now=soon(65))
    step = await ledger.replays.take(now=soon(66))
    assert step is not None
    event = await ledger.reads.event(step.event_id)
    assert event is not None
    decided = decide_stored(event, await ledger.reads.delivery(event.delivery_id), mended, now=soon(66))
    assert await ledger.replays.cancel(made, actor="ann", now=soon(67)) is Transition.DONE
    assert await ledger.replays.decide(step, decided, found=None, now=soon(67)) == (Transition.WRONG_STATE, ())
    assert await ledger.replays.settle(step, "gone", now=soon(67)) is Transition.WRONG_STATE
    assert await _run(ledger, mended, seconds=2) == 0
    assert await calls_by_phone(ledger) == {}
    assert ((await _found(ledger, made)).state, (await _found(ledger, made)).cancelled_by) == (
        ReplayState.CANCELLED, "ann",
    )  # fmt: skip


async def test_an_old_preview_is_looked_at_again(ledger: Ledger, broken: Rulebook, mended: Rulebook) -> None:
    """What must hold: an hour after the preview the order cannot be approved, nor one that is not there."""
    await failed(ledger, broken, 1)
    made = await _ordered(ledger, mended)
    assert await ledger.replays.approve(made, actor="bob", now=soon(3700)) is Transition.STALE
    assert await ledger.replays.approve("rp_none", actor="bob", now=soon(70)) is Transition.MISSING
    assert await ledger.replays.cancel("rp_none", actor="bob", now=soon(70)) is Transition.MISSING


async def test_several_sweepers_and_steps_that_were_dropped(ledger: Ledger, broken: Rulebook, mended: Rulebook) -> None:
    """What must hold: sweepers at once, and one that died with a step it had taken, lose and double none."""
    await failed(ledger, broken, 20)
    made = await _ordered(ledger, mended)
    await ledger.replays.approve(made, actor="bob", now=soon(65))
    for second in range(3):
        assert await ledger.replays.take(now=soon(66 + second)) is not None  # and died
    for second in range(30):
        await asyncio.gather(*(_run(ledger, mended, start=70 + second, seconds=1) for _ in range(3)))
    assert (await _found(ledger, made)).done == 17
    await _run(ledger, mended, start=130, seconds=5)
    assert ((await _found(ledger, made)).done, (await _found(ledger, made)).state) == (20, ReplayState.DONE)
    assert set((await calls_by_phone(ledger)).values()) == {1}


async def test_a_step_made_twice_rings_once(ledger: Ledger, broken: Rulebook, mended: Rulebook) -> None:
    """What must hold: even with `again`, a step whose answer was lost is not made a second time after the ring."""
    await failed(ledger, broken, 1)
    made = await _ordered(ledger, mended, again=True)
    await ledger.replays.approve(made, actor="bob", now=soon(65))
    step = await ledger.replays.take(now=soon(66))
    assert step is not None
    event = await ledger.reads.event(step.event_id)
    assert event is not None
    delivery = await ledger.reads.delivery(event.delivery_id)
    decided = decide_stored(event, delivery, mended, now=soon(66))
    _, new = await ledger.replays.decide(step, decided, found=None, now=soon(66))
    (call,) = (await ledger.dials.claim("w", limit=5, now=soon(67), lease=timedelta(seconds=30))).calls
    await ledger.dials.grant(call.hold(), terms(), now=soon(68), deadline=DEADLINE)
    placed = Placed(status=200, provider_call_id="p", response="{}")
    await ledger.dials.finish(call.hold(), placed, now=soon(69))
    await ledger.actions.replay(event.id, decided, again=False, dry_run=False, actor="eve", now=soon(70))
    assert await ledger.replays.decide(step, decided, found=None, now=soon(71)) == (Transition.DONE, new)
    assert (await ledger.reads.calls_by_id(new))[new[0]].state.value == "PLACED"


SWEEPER = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from gateway.bulk_replaying import carry_out
from gateway.ledger import Ledger
from gateway.ledger.connection import Connection
from gateway.rules.loading import load

async def main():
    ledger, book = Ledger.on(Connection.open(sys.argv[1])), load(Path(sys.argv[2]), {"TOKEN": sys.argv[3]})
    while True:
        if await carry_out(ledger, book, now=datetime.now(UTC)) is None:
            await asyncio.sleep(0.01)

asyncio.run(main())
"""


async def test_killed_in_the_middle(ledger: Ledger, valkey_url: str, tmp_path: Path) -> None:
    """What must hold: sweepers killed with -9 in the middle of an order lose no event, and make no call twice."""
    fast = MENDED.replace("per_minute: 600", "per_minute: 6000").replace('"09:00-20:00"', "always")
    broken = with_rules(tmp_path, fast.replace('payload.?kind.orValue("") == "lead"', 'payload.knd == "lead"'))
    await failed(ledger, broken, 150, now=datetime.now(UTC))
    mended = with_rules(tmp_path, fast)
    made = (await previewed(ledger, mended, now=datetime.now(UTC))).id
    await ledger.replays.approve(made, actor="bob", now=datetime.now(UTC))
    words = [sys.executable, "-c", SWEEPER, valkey_url, str(tmp_path / "dialgate.yaml"), ENVIRON["TOKEN"]]
    for kill_at in (30, 80, 120):
        process = subprocess.Popen(words)  # noqa: ASYNC220 - killed below, not waited for
        await until(partial(_reached, ledger, made, kill_at), seconds=60)
        process.send_signal(signal.SIGKILL)
        process.wait()
    later = datetime.now(UTC) + timedelta(seconds=61)  # past the lease of the steps that died
    for tick in range(400):
        await bulk_replaying.carry_out(ledger, mended, now=later + timedelta(seconds=tick / 20))
    order = await _found(ledger, made)
    assert (order.state, order.outcomes) == (ReplayState.DONE, {"calls": 150})
    by_phone = await calls_by_phone(ledger)
    assert (len(by_phone), set(by_phone.values())) == (150, {1})
    events, _ = await ledger.reads.events(EventFilter(), limit=500)
    assert {sum(line.reason == "replayed" for line in event.timeline) for event in events} == {1}
