"""The grant: every answer, what it writes, and that nothing is taken unless everything holds."""

import asyncio
from datetime import datetime, timedelta

import pytest
from ledger.scenes import COOLDOWN, DEADLINE, NOW, PLACED, UNCERTAIN, UNSENT, Scene, at, terms

from gateway.ledger.records import CallFilter, Grant, GrantAnswer, Hold
from gateway.ledger.terms import Concurrency, GrantTerms, RateLimit
from gateway.model import CallState, Verdict
from gateway.reasons import Reason

SECOND = timedelta(seconds=1)
RATE = RateLimit(key="number:east", per=SECOND, limit=2)
HOURLY = RateLimit(key="number:east", per=timedelta(hours=1), limit=3)
SLOTS = Concurrency(key="number:east", limit=2)


async def _holds(scene: Scene, count: int, *, first: int = 0) -> list[Hold]:
    for number in range(first, first + count):
        await scene.add(f"+141555502{number:02}")
    return [call.hold() for call in (await scene.claims(limit=count)).calls]


@pytest.mark.anyio
async def test_granted(scene: Scene) -> None:
    """A grant writes what the audit and people need: attempt, instant, deadline, contact, verdicts."""
    hold = await scene.claim(await scene.add())
    looked = Verdict(guard="hours", allow=True, valid_until=at(600), facts={"zone": "America/New_York"})
    grant = await scene.ledger.dials.grant(
        hold, terms(contact_id="ct_9", people=("id:ct_9",)), now=at(1), deadline=DEADLINE, verdicts=[looked]
    )
    assert grant == Grant(answer=GrantAnswer.GRANTED, deadline=at(61))
    call = await scene.call(hold.call_id)
    assert (call.state, call.attempts, call.granted_at, call.lease_until) == (CallState.DIALING, 1, at(1), at(61))
    assert (call.contact_id, call.verdicts) == ("ct_9", (looked,))
    listed, _ = await scene.ledger.reads.calls(CallFilter(contact="ct_9"))
    assert [found.id for found in listed] == [hold.call_id]
    await scene.sound(now=at(1))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("given", "now", "life", "answer", "reason"),
    [
        (terms(valid_until=at(5)), at(5), COOLDOWN, GrantAnswer.DEFERRED, Reason.VERDICT_STALE),
        (terms(valid_until=at(6)), at(5), COOLDOWN, GrantAnswer.GRANTED, None),
        (terms(), at(5), timedelta(seconds=5), GrantAnswer.EXPIRED, Reason.EXPIRED),
        (terms(), at(30), COOLDOWN, GrantAnswer.STALE, None),
    ],
)
async def test_refusals(
    scene: Scene, given: GrantTerms, now: datetime, life: timedelta, answer: GrantAnswer, reason: Reason | None
) -> None:
    """A stale verdict defers at once, an old lead expires, a lost lease gets nothing."""
    hold = await scene.claim(await scene.add(life=life))
    grant = await scene.grant(hold, given, now=now)
    assert (grant.answer, grant.reason) == (answer, reason)
    assert grant.until == (now if answer is GrantAnswer.DEFERRED else None)
    await scene.sound(now=now)


@pytest.mark.anyio
async def test_account_stopped(scene: Scene) -> None:
    """An account stopped after the claim lets nothing out."""
    hold = await scene.claim(await scene.add())
    await scene.ledger.actions.stop_account("main", reason="401", now=NOW)
    grant = await scene.grant(hold, now=at(1))
    assert (grant.answer, grant.reason, grant.until) == (GrantAnswer.DEFERRED, Reason.ACCOUNT_STOPPED, at(60))
    assert (await scene.call(hold.call_id)).attempts == 0
    await scene.sound(now=at(1))


@pytest.mark.anyio
@pytest.mark.parametrize("again", range(2))
async def test_deferred_twice(scene: Scene, again: int) -> None:
    """The same question after a lost answer gets the first answer, for a no as for a yes."""
    hold = await scene.claim(await scene.add())
    await scene.ledger.actions.stop_account("main", reason="401", now=NOW)
    assert await scene.grant(hold) == await scene.grant(hold)
    yes = await scene.claim(await scene.add("+14155550177", account="second"))
    granted = await scene.grant(yes)
    repeated = await scene.grant(yes)
    assert (repeated.answer, repeated.deadline) == (GrantAnswer.REPEATED, granted.deadline)


@pytest.mark.anyio
async def test_pace(scene: Scene) -> None:
    """A window holds its limit exactly; the call over it waits until the oldest has left, behind the gate."""
    holds = await _holds(scene, 3)
    given = terms(rates=(RATE,))
    assert (await scene.grant(holds[0], given)).answer is GrantAnswer.GRANTED
    assert (await scene.grant(holds[1], given, now=at(0.4))).answer is GrantAnswer.GRANTED
    refused = await scene.grant(holds[2], given, now=at(0.5))
    assert (refused.answer, refused.reason, refused.until) == (GrantAnswer.DEFERRED, Reason.PACE, at(1))
    early = await scene.claims(now=at(0.999))
    assert (early.calls, early.next_due) == ((), at(1))
    hold = await scene.claim(holds[2].call_id, now=at(1))
    assert (await scene.grant(hold, given, now=at(1))).answer is GrantAnswer.GRANTED
    await scene.sound(now=at(1))


@pytest.mark.anyio
async def test_two_windows_on_one_key(scene: Scene) -> None:
    """Windows of different lengths on one key hold at once; the wait is the longer one."""
    holds = await _holds(scene, 4)
    given = terms(rates=(RATE, HOURLY))
    for number, hold in enumerate(holds[:3]):
        assert (await scene.grant(hold, given, now=at(number))).answer is GrantAnswer.GRANTED
    refused = await scene.grant(holds[3], given, now=at(3))
    assert (refused.reason, refused.until) == (Reason.PACE, at(3600))


@pytest.mark.anyio
async def test_nothing_is_taken_on_a_no(scene: Scene) -> None:
    """A grant refused by one limit takes no place in another."""
    holds = await _holds(scene, 3)
    closed = RateLimit(key="account:main", per=SECOND, limit=1)
    await scene.grant(holds[0], terms(rates=(closed,)))
    assert (await scene.grant(holds[1], terms(rates=(RATE, closed)))).answer is GrantAnswer.DEFERRED
    one = RateLimit(key="number:east", per=SECOND, limit=1)
    assert (await scene.grant(holds[2], terms(rates=(one,)))).answer is GrantAnswer.GRANTED


@pytest.mark.anyio
async def test_unsent_gives_its_place_back(scene: Scene) -> None:
    """What was proved unsent does not count against the pace; what may have been sent does."""
    holds = await _holds(scene, 3)
    given = terms(rates=(RateLimit(key="n", per=SECOND, limit=1),))
    await scene.grant(holds[0], given)
    await scene.ledger.dials.finish(holds[0], UNSENT, now=NOW, retry_at=at(60))
    assert (await scene.grant(holds[1], given)).answer is GrantAnswer.GRANTED
    await scene.ledger.dials.finish(holds[1], UNCERTAIN, now=NOW)
    assert (await scene.grant(holds[2], given)).answer is GrantAnswer.DEFERRED


@pytest.mark.anyio
async def test_concurrency(scene: Scene) -> None:
    """Only so many requests in flight; one that ends, in whatever way, lets the next be claimed at once."""
    holds = await _holds(scene, 4)
    given = terms(concurrencies=(SLOTS,))
    for hold in holds[:2]:
        assert (await scene.grant(hold, given)).answer is GrantAnswer.GRANTED
    for hold in holds[2:]:
        refused = await scene.grant(hold, given)
        assert (refused.answer, refused.reason) == (GrantAnswer.DEFERRED, Reason.CONCURRENCY)
    assert (await scene.claims(now=at(0.5))).calls == ()
    await scene.ledger.dials.finish(holds[0], UNCERTAIN, now=at(0.5))
    handed_out = (await scene.claims(now=at(0.5))).calls
    assert len(handed_out) == 1
    assert (await scene.grant(handed_out[0].hold(), given, now=at(0.5))).answer is GrantAnswer.GRANTED
    await scene.sound(now=at(0.5))


@pytest.mark.anyio
async def test_a_crashed_request_leaves_the_flight(scene: Scene) -> None:
    """A request past its deadline is not in flight any more, even before a sweeper has seen it."""
    holds = await _holds(scene, 1)
    one = terms(concurrencies=(Concurrency(key="n", limit=1),))
    await scene.grant(holds[0], one)
    later = await scene.claim(await scene.add("+14155550188", now=at(60)), now=at(60))
    assert (await scene.grant(later, one, now=at(60))).answer is GrantAnswer.GRANTED


@pytest.mark.anyio
async def test_concurrent_grants(scene: Scene) -> None:
    """Thirty workers asking at once never get more than the window holds."""
    holds = await _holds(scene, 30)
    given = terms(rates=(RateLimit(key="n", per=SECOND, limit=7),))
    answers = await asyncio.gather(*(scene.grant(hold, given) for hold in holds))
    assert [grant.answer for grant in answers].count(GrantAnswer.GRANTED) == 7
    await scene.sound()


@pytest.mark.anyio
async def test_a_backlog_is_not_handed_out_in_circles(scene: Scene) -> None:
    """Under a pace, a backlog drains at that pace in the ledger's order, each call claimed twice at most."""
    given = terms(rates=(RateLimit(key="n", per=SECOND, limit=2),))
    for number in range(20):
        await scene.add(f"+141555502{number:02}", now=at(-20 + number))
    granted: list[tuple[float, str]] = []
    for tenth in range(120):
        now = at(tenth / 10)
        for call in (await scene.claims(limit=50, now=now)).calls:
            if (await scene.grant(call.hold(), given, now=now)).answer is GrantAnswer.GRANTED:
                granted.append((tenth / 10, call.contact.phone))
                await scene.ledger.dials.finish(call.hold(), PLACED, now=now)
    assert len(granted) == 20
    assert all(later[0] - earlier[0] >= 1 for earlier, later in zip(granted, granted[2:], strict=False))
    assert [phone for _, phone in granted] == [f"+141555502{number:02}" for number in reversed(range(20))]
    fences = [call.fence for call in (await scene.ledger.reads.calls(CallFilter()))[0]]
    assert max(fences) <= 2
    await scene.sound(now=at(12))
