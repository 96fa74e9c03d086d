"""What an attempt's outcome leaves behind."""

from dataclasses import replace
from datetime import timedelta

import pytest
from ledger.scenes import NOW, PLACED, REFUSED, UNCERTAIN, UNSENT, Scene, at, bring

from gateway.ledger.records import Transition
from gateway.model import CallState
from gateway.reasons import Reason

S = CallState


@pytest.mark.anyio
async def test_placed(scene: Scene) -> None:
    """A placed call keeps the API's answer and its id there."""
    hold = await scene.dialing()
    await scene.ledger.dials.finish(hold, PLACED, now=at(1))
    call = await scene.call(hold.call_id)
    assert (call.state, call.reason, call.finished_at) == (S.PLACED, Reason.PLACED, at(1))
    assert (call.provider_call_id, call.response) == ("pc_1", '{"ok":true}')
    history = await scene.ledger.reads.timeline(hold.call_id)
    assert [line.state for line in history] == ["READY", "CLAIMED", "DIALING", "PLACED"]
    assert history[-1].facts == {"status": "200"}
    assert history[-1].by == "w1"


@pytest.mark.anyio
async def test_unsent(scene: Scene) -> None:
    """Proved unsent, a call is due again at its time, and counts how often in a row that happened."""
    hold = await scene.dialing()
    for times in (1, 2):
        await scene.ledger.dials.finish(hold, UNSENT, now=at(times * 10), retry_at=at(times * 10 + 5))
        call = await scene.call(hold.call_id)
        assert (call.state, call.reason, call.unsent) == (S.READY, Reason.CONNECT_FAILED, times)
        assert call.not_before == at(times * 10 + 5)
        assert (await scene.claims(now=at(times * 10 + 4))).calls == ()
        hold = await scene.claim(hold.call_id, now=at(times * 10 + 5))
        await scene.grant(hold, now=at(times * 10 + 5))
    assert (await scene.call(hold.call_id)).attempts == 3
    await scene.sound(now=at(30))


@pytest.mark.anyio
async def test_unsent_too_late(scene: Scene) -> None:
    """A lead that grew too old meanwhile is EXPIRED instead, and the next in line takes its place."""
    hold = await scene.claim(await scene.add(life=timedelta(seconds=20)))
    await scene.grant(hold)
    joined = await scene.add()
    await scene.ledger.dials.finish(hold, UNSENT, now=at(20), retry_at=at(21))
    assert await scene.state(hold.call_id) is S.EXPIRED
    assert await scene.state(joined) is S.READY
    await scene.sound(now=at(20))


@pytest.mark.anyio
async def test_unsent_that_stops_the_account(scene: Scene) -> None:
    """A wrong token stops the account in the same write; the call waits for it and nothing is lost."""
    hold = await scene.dialing()
    stops = replace(UNSENT, reason=Reason.ACCOUNT_STOPPED, detail="401 invalid token", status=401, stops_account=True)
    await scene.ledger.dials.finish(hold, stops, now=at(1), retry_at=at(2))
    (account,) = await scene.ledger.actions.accounts()
    assert (account.account, account.stopped, account.since) == ("main", True, at(1))
    assert (account.reason, account.probe_at) == ("401 invalid token", at(61))
    assert (await scene.claims(now=at(100))).calls == ()
    await scene.sound(now=at(100))
    await scene.ledger.actions.resume_account("main", actor="probe", now=at(101))
    assert (await scene.ledger.actions.accounts())[0].stopped is False
    assert [call.id for call in (await scene.claims(now=at(101))).calls] == [hold.call_id]


@pytest.mark.anyio
@pytest.mark.parametrize("outcome", [UNSENT, UNCERTAIN, PLACED, REFUSED])
async def test_after_the_sweeper(scene: Scene, outcome: object) -> None:
    """A worker that comes back after its deadline proves what it can; only a person makes an UNKNOWN READY."""
    hold = await scene.dialing()
    await scene.ledger.sweeps.sweep(now=at(60))
    assert (await scene.call(hold.call_id)).reason is Reason.DEADLINE_PASSED
    answer = await scene.ledger.dials.finish(hold, outcome, now=at(61))
    call = await scene.call(hold.call_id)
    expected = {
        UNSENT: (Transition.WRONG_STATE, S.UNKNOWN, Reason.DEADLINE_PASSED),
        UNCERTAIN: (Transition.DONE, S.UNKNOWN, Reason.RESPONSE_TIMEOUT),
        PLACED: (Transition.DONE, S.PLACED, Reason.PLACED),
        REFUSED: (Transition.DONE, S.REJECTED, Reason.REFUSED),
    }
    assert (answer, call.state, call.reason) == expected[outcome]
    await scene.sound(now=at(61))


@pytest.mark.anyio
async def test_proof_under_an_old_fence(scene: Scene) -> None:
    """Once a person ordered a redial and it was claimed, the first attempt's late proof changes nothing."""
    hold = await bring(scene, S.UNKNOWN)
    await scene.ledger.actions.resolve(hold.call_id, "redial", actor="ann", now=at(1))
    assert await scene.ledger.dials.finish(hold, PLACED, now=at(2)) is Transition.WRONG_STATE
    await scene.claim(hold.call_id, now=at(3), owner="w2")
    assert await scene.ledger.dials.finish(hold, PLACED, now=at(4)) is Transition.STALE
    assert await scene.state(hold.call_id) is S.CLAIMED


@pytest.mark.anyio
async def test_an_outcome_and_another(scene: Scene) -> None:
    """A second, different outcome is no repeat: it is refused."""
    hold = await scene.dialing()
    await scene.ledger.dials.finish(hold, PLACED, now=NOW)
    assert await scene.ledger.dials.finish(hold, REFUSED, now=NOW) is Transition.WRONG_STATE
