"""The outbox: one notice for each endpoint and outcome, written with it, sent at least once, given up in the end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import groupby

import ledger.lives
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from ledger.scenes import NOW, Scene, at, bring, plan

from gateway.alerts import AlertKind
from gateway.embedded import EmbeddedValkey
from gateway.ledger.notices import Notice, NoticeState, Sent
from gateway.ledger.records import CallFilter, Transition
from gateway.model import CallPlan, CallState
from gateway.reasons import Reason

pytestmark = pytest.mark.anyio
QUIET = {CallState.READY, CallState.CLAIMED, CallState.DIALING}
TOLD = sorted(set(CallState) - QUIET)
ALL = " ".join(TOLD)
LEASE = timedelta(seconds=30)
DELIVERED = Sent(outcome=NoticeState.DELIVERED, said="HTTP 200")
GIVEN_UP = Sent(outcome=NoticeState.FAILED, said="no such endpoint", asked=False)


def failing(*, retry_at: float) -> Sent:
    """An answer that is no yes."""
    return Sent(outcome=NoticeState.WAITING, said="HTTP 500", next_at=at(retry_at))


def noticed(person: str = "+14155550100", *, notify: Sequence[str] = (f"crm {ALL}",), **details: object) -> CallPlan:
    """A plan whose outcomes somebody hears of."""
    return replace(plan(person, **details), notify=tuple(notify))


async def claim(scene: Scene, *, owner: str = "s1", seconds: float = 0, limit: int = 10, **busy: int) -> list[Notice]:
    """What a sender is handed."""
    notices = scene.ledger.notices
    return list(await notices.claim(owner, limit=limit, now=at(seconds), lease=LEASE, share=4, busy=busy))


async def skipped(scene: Scene, person: str = "+14155550100", *, endpoint: str = "crm", seconds: float = 0) -> str:
    """A call refused at once, and so a notice; the notice's id."""
    made = noticed(person, notify=(f"{endpoint} SKIPPED",), skip=Reason.PHONE_INVALID)
    accepted = await scene.accept(made, now=at(seconds))
    return f"{accepted.call_ids[0]}-1-{endpoint}"


@pytest.mark.parametrize("state", CallState)
async def test_every_outcome_has_one_notice_an_endpoint(
    scene: Scene, state: CallState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever script brings it about; a call on its way has none."""
    monkeypatch.setattr("ledger.scenes.plan", lambda *given, **named: noticed(*given, **named, notify=BOTH))
    hold = await bring(scene, state)
    notices = await scene.ledger.notices.of_call(hold.call_id)
    expected = [] if state in QUIET else ["crm", "ops"]
    assert [one.endpoint for one in notices if one.call_state is state] == expected
    call = await scene.call(hold.call_id)
    assert {one.reason for one in notices if one.call_state is state} <= {call.reason}


BOTH = (f"crm {ALL}", f"ops {ALL}")


def test_no_life_has_more_or_fewer(valkey_server: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever happens in whatever order, and however often it is said twice: as many notices as outcomes."""
    monkeypatch.setattr(ledger.lives, "plan", lambda *given, **named: noticed(*given, **named, notify=BOTH))
    Told.server = valkey_server
    checks = settings(max_examples=12, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Told, settings=checks)


class Told(ledger.lives.Life):
    """A ledger whose every outcome two endpoints hear of."""

    def _audit(self) -> None:
        """The history of each call, and what was said of it, agree."""
        super()._audit()
        calls, _ = self.do(self.ledger.reads.calls(CallFilter(), limit=500))
        for call in calls:
            history = [
                state for state, _ in groupby(line.state for line in self.do(self.ledger.reads.timeline(call.id)))
            ]
            outcomes = [state for state in history if state in TOLD]
            notices = self.do(self.ledger.notices.of_call(call.id))
            for endpoint in ("crm", "ops"):
                assert [one.call_state.value for one in notices if one.endpoint == endpoint] == outcomes


@pytest.mark.parametrize(
    ("wanted", "told"),
    [("SKIPPED", True), ("phone_invalid", True), ("PLACED phone_invalid", True), ("PLACED", False), ("phone", False)],
)
async def test_an_endpoint_hears_of_states_and_reasons(scene: Scene, wanted: str, told: bool) -> None:
    """Of those its line names, whole words only."""
    accepted = await scene.accept(noticed(notify=(f"crm {wanted}",), skip=Reason.PHONE_INVALID))
    assert bool(await scene.ledger.notices.of_call(accepted.call_ids[0])) is told


async def test_a_delivery_that_comes_twice_tells_once(scene: Scene) -> None:
    """The same write sent again because its answer was lost adds no notice."""
    event = scene.event(ledger.lives.decision(noticed(skip=Reason.PHONE_INVALID)))
    delivery = scene.delivery()
    for _ in range(2):
        answers = await scene.ledger.intake.accept(delivery, [event], now=NOW)
    assert len(await scene.ledger.notices.of_call(answers[0].call_ids[0])) == 1


async def test_one_try_and_its_answer(scene: Scene) -> None:
    """Leased to one sender, written down once; nobody else may, and a repeat changes nothing."""
    name = await skipped(scene)
    (notice,) = await claim(scene)
    assert (notice.id, notice.tries, await claim(scene, owner="s2")) == (name, 1, [])
    finish = scene.ledger.notices.finish
    assert await finish(notice, "s2", DELIVERED, now=at(1)) is Transition.STALE
    assert await finish(notice, "s1", DELIVERED, now=at(1)) is Transition.DONE
    assert await finish(notice, "s1", DELIVERED, now=at(1)) is Transition.REPEATED
    after = await scene.ledger.notices.notice(name)
    assert after is not None
    assert (after.state, after.finished_at, after.said) == (NoticeState.DELIVERED, at(1), "HTTP 200")
    assert await claim(scene, seconds=9999) == []


async def test_a_sender_that_dies_is_followed_by_another(scene: Scene) -> None:
    """Once its lease is over the notice is due again, under the same id; the first one's answer comes too late."""
    name = await skipped(scene)
    (first,) = await claim(scene)
    assert await claim(scene, owner="s2", seconds=29) == []
    (second,) = await claim(scene, owner="s2", seconds=31)
    assert (second.id, second.tries) == (name, 2)
    assert await scene.ledger.notices.finish(first, "s1", DELIVERED, now=at(32)) is Transition.STALE


async def test_a_dead_endpoint_starves_no_other(scene: Scene) -> None:
    """After five failures in a row it is left alone, then asked with one message at a time; others go on."""
    for person in range(20):
        await skipped(scene, f"+141555501{person:02}", endpoint="dead")
    for moment in range(5):
        for notice in await claim(scene, seconds=moment, limit=1):
            await scene.ledger.notices.finish(notice, "s1", failing(retry_at=900), now=at(moment))
    await skipped(scene, "+14155550199", endpoint="well", seconds=6)
    (well,) = await claim(scene, seconds=6)
    assert well.endpoint == "well"
    await scene.ledger.notices.finish(well, "s1", DELIVERED, now=at(7))
    assert [alert.kind for alert in await scene.ledger.alerts.listed()] == [AlertKind.ENDPOINT_FAILING]
    (probe,) = await claim(scene, seconds=60)
    assert await claim(scene, seconds=60, owner="s2") == []
    await scene.ledger.notices.finish(probe, "s1", DELIVERED, now=at(61))
    assert len(await claim(scene, seconds=61)) == 4
    assert await scene.ledger.alerts.listed() == ()


async def test_a_slow_endpoint_has_its_share(scene: Scene) -> None:
    """At most so many at once at one sender, whatever is due."""
    for person in range(6):
        await skipped(scene, f"+1415555010{person}", endpoint="slow")
    assert len(await claim(scene, slow=3)) == 1
    assert len(await claim(scene)) == 4
    assert len(await claim(scene, limit=2, slow=4)) == 0


async def test_an_endpoint_that_asks_for_a_pause_gets_it(scene: Scene) -> None:
    """A Retry-After holds for all its notices."""
    await skipped(scene, "+14155550101")
    (notice,) = await claim(scene)
    await skipped(scene, "+14155550102", seconds=1)
    later = Sent(outcome=NoticeState.WAITING, said="HTTP 429", next_at=at(3), pause=timedelta(seconds=50))
    await scene.ledger.notices.finish(notice, "s1", later, now=at(2))
    assert await claim(scene, seconds=51) == []
    assert len(await claim(scene, seconds=53)) == 2


async def test_given_up_and_sent_again_by_a_person(scene: Scene) -> None:
    """Visible as an alert until it was delivered after all, under its old id."""
    name = await skipped(scene)
    (notice,) = await claim(scene)
    await scene.ledger.notices.finish(notice, "s1", GIVEN_UP, now=at(1))
    assert await claim(scene, seconds=9999) == []
    assert [alert.kind for alert in await scene.ledger.alerts.listed()] == [AlertKind.NOTIFICATION_FAILED]
    listed, _ = await scene.ledger.notices.listed(state=NoticeState.FAILED)
    assert [one.id for one in listed] == [name]
    assert await scene.ledger.notices.resend(name, actor="ann", now=at(100)) is Transition.DONE
    (again,) = await claim(scene, seconds=100)
    assert (again.id, again.resent_by) == (name, "ann")
    await scene.ledger.notices.finish(again, "s1", DELIVERED, now=at(101))
    assert await scene.ledger.alerts.listed() == ()
    assert await scene.ledger.notices.resend("call_none-1-crm", actor="ann", now=NOW) is Transition.MISSING


async def test_what_nobody_takes_is_given_up_and_forgotten(scene: Scene) -> None:
    """Three days of trying, thirty of keeping; delivered ones seven: memory has a bound."""
    name = await skipped(scene)
    swept = await scene.ledger.notices.sweep(now=at(1))
    assert (swept.due, swept.given_up, swept.gone) == ((name,), (), 0)
    day = 86400
    assert (await scene.ledger.notices.sweep(now=at(3 * day + 1))).given_up == (name,)
    assert (await scene.ledger.notices.counts())[NoticeState.FAILED] == 1
    assert (await scene.ledger.notices.sweep(now=at(30 * day + 1))).gone == 1
    assert await scene.ledger.notices.notice(name) is None
    keys = [key async for key in scene.ledger.connection.redis.scan_iter("*notice*")]
    assert [key for key in keys if b"claims" not in key] == []


async def test_a_claim_whose_answer_was_lost_is_answered_again(scene: Scene) -> None:
    """redis-py sends it once more; the same notices come back."""
    name = await skipped(scene)
    words = ("s1", 5, at(30).timestamp() * 1000, "n1", 4, "{}")
    run = scene.ledger.connection.run
    answers = [await run("claim_notices", int(NOW.timestamp() * 1000), *map(str, words)) for _ in range(2)]
    assert [[found for found, _ in answer] for answer in answers] == [[name.encode()], [name.encode()]]
