"""An account that gives no plain answers is stopped, probed, and tried with one call at a time."""

from datetime import timedelta

import pytest
from ledger.scenes import NOW, PLACED, REFUSED, UNCERTAIN, UNSENT, Scene, at, terms

from gateway.ledger.breakers import Breaker, word_of
from gateway.ledger.records import AccountStatus, GrantAnswer, Hold
from gateway.model import Outcome, Uncertain, Unsent
from gateway.reasons import Reason

BREAKER = Breaker(doubts=3, probe_after=timedelta(seconds=15))
BROKEN_OFF = Uncertain(cause=Reason.INTERRUPTED, detail="the worker was told to stop")
LIMITED = Unsent(reason=Reason.RATE_LIMITED, detail="429", status=429)
NOT_STARTED = Unsent(reason=Reason.NOT_STARTED, detail="too late")
TOKEN_REFUSED = Unsent(reason=Reason.ACCOUNT_STOPPED, detail="401", status=401, stops_account=True)
PHONES = [f"+141555501{number:02}" for number in range(20)]


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        (PLACED, "plain"),
        (REFUSED, "plain"),
        (LIMITED, "plain"),
        (TOKEN_REFUSED, "plain"),
        (UNCERTAIN, "doubt"),
        (Uncertain(cause=Reason.SERVER_ERROR, detail="500", status=500), "doubt"),
        (UNSENT, "doubt"),
        (Unsent(reason=Reason.SERVER_ERROR, detail="the contact: 500", status=500), ""),
        (Unsent(reason=Reason.RESPONSE_TIMEOUT, detail="the contact", status=200), ""),
        (BROKEN_OFF, ""),
        (NOT_STARTED, ""),
    ],
)
def test_what_an_outcome_says_of_the_account(outcome: Outcome, word: str) -> None:
    """Any plain answer says that the call API is there; what the worker broke off itself says nothing."""
    assert word_of(outcome) == word


async def dialling(scene: Scene, phone: str, *, now: int = 0) -> Hold:
    """A call let out at that second."""
    await scene.add(phone, now=at(now))
    claims = await scene.ledger.dials.claim("w", limit=1, now=at(now), lease=timedelta(seconds=30))
    hold = claims.calls[0].hold()
    granted = await scene.ledger.dials.grant(hold, terms(), now=at(now), deadline=timedelta(seconds=60))
    assert granted.answer is GrantAnswer.GRANTED
    return hold


async def ended(scene: Scene, phone: str, outcome: Outcome, *, now: int = 0, breaker: Breaker = BREAKER) -> None:
    """A call dialled and ended."""
    hold = await dialling(scene, phone, now=now)
    await scene.ledger.dials.finish(hold, outcome, now=at(now), retry_at=at(3600), breaker=breaker)


async def status(scene: Scene) -> AccountStatus | None:
    """What the ledger says of the account."""
    return next(iter(await scene.ledger.actions.accounts()), None)


async def ailing(scene: Scene) -> None:
    """Three doubts in a row: the account is stopped."""
    for phone in PHONES[:3]:
        await ended(scene, phone, UNCERTAIN)


@pytest.mark.anyio
@pytest.mark.parametrize("doubt", [UNCERTAIN, UNSENT], ids=["unknown", "not reached"])
async def test_doubts_in_a_row_stop_the_account(scene: Scene, doubt: Outcome) -> None:
    """The third stops it, says why, and names the time of the probe; nothing is claimed from then on."""
    for phone in PHONES[:2]:
        await ended(scene, phone, doubt)
    assert await status(scene) is None
    await ended(scene, PHONES[2], doubt)
    found = await status(scene)
    assert found is not None
    assert (found.stopped, found.ailing, found.probe_at) == (True, True, at(15))
    assert found.reason.startswith("3 outcomes in a row without a plain answer")
    await scene.add(PHONES[5])
    claims = await scene.ledger.dials.claim("w", limit=9, now=NOW, lease=timedelta(seconds=30))
    assert claims.calls == ()


@pytest.mark.anyio
@pytest.mark.parametrize("between", [PLACED, REFUSED, LIMITED], ids=["placed", "refused", "limited"])
async def test_a_plain_answer_between_begins_anew(scene: Scene, between: Outcome) -> None:
    """Only doubts in a row count."""
    for phone, outcome in zip(PHONES, [UNCERTAIN, UNCERTAIN, between, UNCERTAIN, UNCERTAIN], strict=False):
        await ended(scene, phone, outcome)
    assert await status(scene) is None


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("outcomes", "breaker"),
    [([BROKEN_OFF, NOT_STARTED] * 4, BREAKER), ([UNCERTAIN] * 9, Breaker(doubts=None))],
    ids=["what says nothing", "switched off"],
)
async def test_what_never_stops_it(scene: Scene, outcomes: list[Outcome], breaker: Breaker) -> None:
    """A worker's own end says nothing of the call API; and a breaker can be switched off."""
    for phone, outcome in zip(PHONES, outcomes, strict=False):
        await ended(scene, phone, outcome, breaker=breaker)
    assert await status(scene) is None


@pytest.mark.anyio
async def test_the_same_outcome_told_twice_counts_once(scene: Scene) -> None:
    """The answer of the first write was lost."""
    hold = await dialling(scene, PHONES[0])
    for _ in range(5):
        await scene.ledger.dials.finish(hold, UNCERTAIN, now=NOW, breaker=BREAKER)
    assert await status(scene) is None


@pytest.mark.anyio
async def test_a_contact_that_could_not_be_had_counts_too(scene: Scene) -> None:
    """Leads by phone ask for a contact first: an outage is then seen there."""
    for _ in range(3):
        await scene.ledger.actions.doubt_account("main", UNSENT, breaker=BREAKER, now=NOW)
    found = await status(scene)
    assert found is not None
    assert found.stopped


@pytest.mark.anyio
async def test_after_a_probe_one_call_is_tried(scene: Scene) -> None:
    """Whatever waits, one request goes out; the others wait for its answer, then all may go."""
    await ailing(scene)
    for phone in PHONES[4:8]:
        await scene.add(phone)
    await scene.ledger.actions.resume_account("main", actor="probe", now=at(20))
    claims = await scene.ledger.dials.claim("w", limit=9, now=at(20), lease=timedelta(seconds=30))
    granted = [
        (call.hold(), await scene.ledger.dials.grant(call.hold(), terms(), now=at(20), deadline=timedelta(seconds=60)))
        for call in claims.calls
    ]
    out = [hold for hold, grant in granted if grant.answer is GrantAnswer.GRANTED]
    assert len(out) == 1
    await scene.ledger.dials.finish(out[0], PLACED, now=at(21), breaker=BREAKER)
    found = await status(scene)
    assert found is not None
    assert (found.stopped, found.ailing) == (False, False)
    later = await scene.ledger.dials.claim("w", limit=9, now=at(22), lease=timedelta(seconds=30))
    assert len(later.calls) == 3


@pytest.mark.anyio
async def test_a_doubt_on_trial_stops_it_again(scene: Scene) -> None:
    """One, not three: each may be a lead in doubt."""
    await ailing(scene)
    await scene.ledger.actions.resume_account("main", actor="probe", now=at(20))
    await ended(scene, PHONES[4], UNCERTAIN, now=20)
    found = await status(scene)
    assert found is not None
    assert (found.stopped, found.probe_at) == (True, at(35))


@pytest.mark.anyio
async def test_a_trial_that_was_not_sent_is_followed_by_another_at_once(scene: Scene) -> None:
    """It says nothing of the account, and nobody waits for its deadline."""
    await ailing(scene)
    await scene.ledger.actions.resume_account("main", actor="probe", now=at(20))
    await ended(scene, PHONES[4], NOT_STARTED, now=20)
    await ended(scene, PHONES[5], PLACED, now=21)
    found = await status(scene)
    assert found is not None
    assert (found.stopped, found.ailing) == (False, False)


@pytest.mark.anyio
async def test_a_trial_whose_worker_died_is_followed_by_another(scene: Scene) -> None:
    """Its deadline passed without a word: the next call is tried."""
    await ailing(scene)
    await scene.ledger.actions.resume_account("main", actor="probe", now=at(20))
    await dialling(scene, PHONES[4], now=20)
    await scene.ledger.sweeps.sweep(now=at(81))
    await ended(scene, PHONES[5], PLACED, now=82)
    found = await status(scene)
    assert found is not None
    assert (found.stopped, found.ailing) == (False, False)
