"""From a registry's mark to the ring: calls wait while it is overdue, and ring once it is imported."""

from datetime import timedelta
from pathlib import Path

import pytest
from scripted import CONFIG, Clock, ScriptedDialer, a_ringer, a_rulebook, accepted, claimed

from gateway import pipeline, ringing
from gateway.errors import LedgerUnavailable
from gateway.ledger import Ledger
from gateway.ledger.records import Transition
from gateway.model import CallState
from gateway.reasons import Reason

pytestmark = pytest.mark.anyio
REQUIRED = CONFIG + "do_not_call: {lists: {national: {max_age: 31d}}}\n"


async def test_a_call_waits_for_the_import_and_rings(ledger: Ledger, tmp_path: Path) -> None:
    """Never scrubbed: it waits with its reason. Marked: the next look lets it ring."""
    clock, dialer, rulebook = Clock(), ScriptedDialer(), a_rulebook(tmp_path, REQUIRED)
    ringer = a_ringer(ledger, rulebook, dialer, clock)
    call_id = await accepted(ledger, rulebook, clock, {"id": "ct_7"})
    await pipeline.ring(ringer, await claimed(ledger, clock))
    call = await ledger.reads.call(call_id)
    assert call is not None
    assert (call.state, call.reason, dialer.dialled) == (CallState.READY, Reason.SCRUB_OVERDUE, [])
    await ledger.scrubs.mark("national", at=clock() - timedelta(days=30), by="ann", now=clock())
    clock.advance(minutes=5)
    await pipeline.ring(ringer, await claimed(ledger, clock))
    assert len(dialer.dialled) == 1


async def test_a_registry_that_grows_too_old_after_the_look_is_not_dialled_on(ledger: Ledger, tmp_path: Path) -> None:
    """The grant compares the look's validity with its own now."""
    clock, dialer, rulebook = Clock(), ScriptedDialer(), a_rulebook(tmp_path, REQUIRED)
    ringer = a_ringer(ledger, rulebook, dialer, clock)
    await ledger.scrubs.mark("national", at=clock() - timedelta(days=31, seconds=-10), by="ann", now=clock())
    await accepted(ledger, rulebook, clock, {"id": "ct_7"})
    call = await claimed(ledger, clock)
    verdicts = await pipeline.look(ringer, call)
    assert verdicts is not None
    clock.advance(seconds=9)
    assert await pipeline.grant(ringer, call, "ct_7", verdicts) is None
    found = await ledger.reads.call(call.id)
    assert found is not None
    assert found.reason is Reason.VERDICT_STALE


async def test_marks_that_cannot_be_read_let_nobody_ring(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with the list itself."""
    clock, rulebook = Clock(), a_rulebook(tmp_path, REQUIRED)
    ringer = a_ringer(ledger, rulebook, ScriptedDialer(), clock)
    call_id = await accepted(ledger, rulebook, clock, {"id": "ct_7"})

    async def gone(_self: object, _names: object) -> None:
        raise LedgerUnavailable("gone")

    monkeypatch.setattr(type(ledger.scrubs), "find", gone)
    assert await ringing.look(ringer, await claimed(ledger, clock)) is None
    call = await ledger.reads.call(call_id)
    assert call is not None
    assert call.reason is Reason.DO_NOT_CALL_UNREAD


async def test_a_mark_never_makes_a_registry_older(ledger: Ledger) -> None:
    """An import of last month's file changes nothing; the same mark twice is one."""
    clock = Clock()
    for days, answer in (
        (1, Transition.DONE),
        (1, Transition.REPEATED),
        (9, Transition.REPEATED),
        (0, Transition.DONE),
    ):
        done = await ledger.scrubs.mark("national", at=clock() - timedelta(days=days), by="ann", now=clock())
        assert done is answer
    marks = await ledger.scrubs.find(["national", "texas"])
    assert {name: (mark.at, mark.by) for name, mark in marks.items()} == {"national": (clock(), "ann")}
