"""From a claimed call to its outcome: at most one request, and every ending in the ledger with its reason."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scripted import CONFIG, TOKEN, Clock, ScriptedDialer, a_ringer, a_rulebook, accepted, claimed

from gateway import pipeline, ringing
from gateway.errors import LedgerUnavailable
from gateway.ledger import Ledger
from gateway.ledger.records import Call
from gateway.model import CallState, Outcome, Placed, Refused, Uncertain, Unsent
from gateway.parts import Ringer
from gateway.reasons import Reason

pytestmark = pytest.mark.anyio
PHONE = {"phone": "(212) 200-0001"}


async def read(ledger: Ledger, call_id: str) -> Call:
    """A call as the ledger has it now."""
    call = await ledger.reads.call(call_id)
    assert call is not None
    return call


async def rung(
    ledger: Ledger,
    folder: Path,
    payload: dict[str, str],
    dialer: ScriptedDialer,
    clock: Clock | None = None,
    **environ: str,
) -> Call:
    """Accept, claim and ring one call; the call afterwards."""
    clock, rulebook = clock or Clock(), a_rulebook(folder, **environ)
    call_id = await accepted(ledger, rulebook, clock, payload)
    await pipeline.ring(a_ringer(ledger, rulebook, dialer, clock), await claimed(ledger, clock))
    return await read(ledger, call_id)


async def test_a_contact_id_is_dialled_as_it_is(ledger: Ledger, tmp_path: Path) -> None:
    """One request with the rule's number and contact, within the start budget, and PLACED with the API's id."""
    dialer, clock = ScriptedDialer(), Clock()
    call = await rung(ledger, tmp_path, {"id": "ct_7"}, dialer, clock)
    (order,) = dialer.dialled
    assert (order.from_number_id, order.contact_id, order.campaign_id) == ("pn_east", "ct_7", None)
    assert order.start_by == clock.at.timestamp() + 2
    assert (call.state, call.provider_call_id, dialer.resolved) == (CallState.PLACED, "pc_1", [])
    assert dialer.tokens == {TOKEN}


async def test_a_phone_becomes_a_contact_first(ledger: Ledger, tmp_path: Path) -> None:
    """The contact is created with the normalised phone, and the id from the answer is dialled."""
    dialer = ScriptedDialer()
    call = await rung(ledger, tmp_path, PHONE, dialer)
    assert [fields.phone for fields in dialer.resolved] == ["+12122000001"]
    assert [order.contact_id for order in dialer.dialled] == ["ct_new"]
    assert (call.state, call.contact_id) == (CallState.PLACED, "ct_new")


@pytest.mark.parametrize(
    ("outcome", "state", "reason"),
    [
        (Placed(status=200, provider_call_id=None, response=""), CallState.PLACED, None),
        (Refused(reason=Reason.REFUSED, status=404, detail="no such contact"), CallState.REJECTED, Reason.REFUSED),
        (Unsent(reason=Reason.CONNECT_FAILED, detail=""), CallState.READY, Reason.CONNECT_FAILED),
        (Uncertain(cause=Reason.RESPONSE_TIMEOUT, detail=""), CallState.UNKNOWN, Reason.RESPONSE_TIMEOUT),
    ],
)
async def test_every_outcome_is_written(
    ledger: Ledger, tmp_path: Path, outcome: Outcome, state: CallState, reason: Reason | None
) -> None:
    """Each kind of ending leaves its own state and reason."""
    call = await rung(ledger, tmp_path, {"id": "ct_7"}, ScriptedDialer(outcome=outcome))
    assert call.state is state
    assert call.attempts == 1
    if reason is not None:
        assert call.reason is reason


@pytest.mark.parametrize(
    ("contact", "state", "reason"),
    [
        (Refused(reason=Reason.CONTACT_REFUSED, status=422, detail="phone"), CallState.SKIPPED, Reason.CONTACT_REFUSED),
        (Unsent(reason=Reason.CONNECT_TIMEOUT, detail=""), CallState.READY, Reason.CONNECT_TIMEOUT),
        (
            Unsent(reason=Reason.ACCOUNT_STOPPED, detail="401", stops_account=True),
            CallState.READY,
            Reason.ACCOUNT_STOPPED,
        ),
    ],
)
async def test_no_contact_no_dial(
    ledger: Ledger, tmp_path: Path, contact: Refused | Unsent, state: CallState, reason: Reason
) -> None:
    """When the contact cannot be had, nothing is dialled and the call says why."""
    dialer = ScriptedDialer(contact=contact)
    call = await rung(ledger, tmp_path, PHONE, dialer)
    assert (dialer.dialled, call.state, call.reason) == ([], state, reason)
    stopped = [status.account for status in await ledger.actions.accounts() if status.stopped]
    assert stopped == (["main"] if reason is Reason.ACCOUNT_STOPPED else [])


async def test_contact_tries_come_further_apart(ledger: Ledger, tmp_path: Path) -> None:
    """A call API that is down is asked about one contact ever more seldom, up to a minute between two tries."""
    dialer, clock = ScriptedDialer(contact=Unsent(reason=Reason.SERVER_ERROR, detail="down")), Clock()
    rulebook = a_rulebook(tmp_path)
    call_id = await accepted(ledger, rulebook, clock, PHONE)
    waits = []
    for _ in range(9):
        await pipeline.ring(a_ringer(ledger, rulebook, dialer, clock), await claimed(ledger, clock))
        due = (await read(ledger, call_id)).not_before
        waits.append((due - clock.at).total_seconds())
        clock.at = due
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]  # half the span: the jitter of these tests


async def test_a_guard_says_no_before_the_contact_exists(ledger: Ledger, tmp_path: Path) -> None:
    """A call outside hours waits for the opening; its person is not created at the call API meanwhile."""
    dialer, clock = ScriptedDialer(), Clock()
    clock.advance(hours=12)
    call = await rung(ledger, tmp_path, PHONE, dialer, clock)
    assert (dialer.resolved, dialer.dialled) == ([], [])
    assert (call.state, call.reason) == (CallState.READY, Reason.OUTSIDE_HOURS)
    assert 0 <= (call.not_before - datetime(2026, 11, 24, 14, tzinfo=UTC)).total_seconds() <= 300


async def test_the_window_closing_meanwhile_stops_the_dial(ledger: Ledger, tmp_path: Path) -> None:
    """The guards' answer holds until the window closes: a grant after that is refused, and they are asked again."""
    clock = Clock()
    clock.advance(hours=8, seconds=-10)
    dialer = ScriptedDialer(meanwhile=lambda: clock.advance(seconds=15))
    call = await rung(ledger, tmp_path, PHONE, dialer, clock)
    assert (len(dialer.resolved), dialer.dialled) == (1, [])
    assert (call.state, call.reason) == (CallState.READY, Reason.VERDICT_STALE)


@pytest.mark.parametrize(("early", "state"), [(2.5, CallState.PLACED), (2.0, CallState.READY), (0.5, CallState.READY)])
async def test_no_request_starts_as_the_window_closes(
    ledger: Ledger, tmp_path: Path, early: float, state: CallState
) -> None:
    """The latest instant a request may start at lies inside the window too; else the call waits for the opening."""
    clock, dialer = Clock(), ScriptedDialer()
    clock.advance(hours=8, seconds=-early)
    call = await rung(ledger, tmp_path, {"id": "ct_7"}, dialer, clock)
    assert call.state is state
    assert len(dialer.dialled) == (state is CallState.PLACED)
    assert (call.reason is Reason.OUTSIDE_HOURS) == (state is CallState.READY)


async def test_a_released_call_is_not_held_for_the_same_again(ledger: Ledger, tmp_path: Path) -> None:
    """A person who lets a call pass an unknown zone is obeyed, also after it had to wait for something else."""
    clock, dialer = Clock(), ScriptedDialer(outcome=Unsent(reason=Reason.CONNECT_FAILED, detail=""))
    rulebook = a_rulebook(tmp_path, CONFIG.replace(", assume_zone: America/New_York", ""))
    call_id = await accepted(ledger, rulebook, clock, {"id": "ct_7"})
    ringer = a_ringer(ledger, rulebook, dialer, clock)
    await pipeline.ring(ringer, await claimed(ledger, clock))
    assert (await read(ledger, call_id)).reason is Reason.ZONE_UNKNOWN
    await ledger.actions.release(call_id, actor="ann", now=clock.at)
    for _ in range(2):
        await pipeline.ring(ringer, await claimed(ledger, clock))
        clock.advance(minutes=2)
    assert len(dialer.dialled) == 2
    hours = next(v for v in (await read(ledger, call_id)).verdicts if v.guard == "hours")
    assert (hours.allow, hours.facts["released"]) == (True, "by a person")


async def test_a_lost_lease_stops_the_dial(ledger: Ledger, tmp_path: Path) -> None:
    """A worker that slept through its lease may not dial what another may hold by now."""
    clock = Clock()
    dialer = ScriptedDialer(meanwhile=lambda: clock.advance(seconds=40))
    call = await rung(ledger, tmp_path, PHONE, dialer, clock)
    assert dialer.dialled == []
    assert call.state is CallState.CLAIMED


async def test_an_account_without_a_token_waits(ledger: Ledger, tmp_path: Path) -> None:
    """Nothing is sent and nothing lost: the call waits for the account, and says so."""
    dialer = ScriptedDialer()
    call = await rung(ledger, tmp_path, {"id": "ct_7"}, dialer, TOKEN="")
    assert (dialer.dialled, call.state, call.reason) == ([], CallState.READY, Reason.ACCOUNT_STOPPED)


async def test_the_sandbox_never_sees_a_real_token(ledger: Ledger, tmp_path: Path) -> None:
    """With the sandbox in place every account dials with the sandbox's own token."""
    clock, rulebook, dialer = Clock(), a_rulebook(tmp_path), ScriptedDialer()
    await accepted(ledger, rulebook, clock, {"id": "ct_7"})
    await pipeline.ring(a_ringer(ledger, rulebook, dialer, clock, sandbox=True), await claimed(ledger, clock))
    assert dialer.tokens == {ringing.SANDBOX_TOKEN}


async def test_a_number_that_is_gone_waits(ledger: Ledger, tmp_path: Path) -> None:
    """A call whose number was taken out of the configuration is not dialled from anything else."""
    clock, dialer = Clock(), ScriptedDialer()
    call_id = await accepted(ledger, a_rulebook(tmp_path), clock, {"id": "ct_7"})
    bare = a_rulebook(tmp_path, "accounts: {main: {}}\npolicy: {hours: {window: always, days: all}}\n")
    await pipeline.ring(a_ringer(ledger, bare, dialer, clock), await claimed(ledger, clock))
    call = await read(ledger, call_id)
    assert (dialer.dialled, call.state, call.reason) == ([], CallState.READY, Reason.NUMBER_UNKNOWN)


class Interrupted:
    """A ledger part whose first answers are lost on the way back."""

    def __init__(self, part: object, method: str, *, losses: int) -> None:
        self._part, self._method, self._losses = part, method, losses

    def __getattr__(self, name: str) -> object:
        real = getattr(self._part, name)
        if name != self._method:
            return real

        async def lossy(*args: object, **kwargs: object) -> object:
            answer = await real(*args, **kwargs)
            if self._losses:
                self._losses -= 1
                raise LedgerUnavailable("connection lost")
            return answer

        return lossy


def interrupted(ringer: Ringer, method: str, *, losses: int) -> Ringer:
    """The ringer with a ledger that did the work but lost its answer."""
    ledger = ringer.ledger
    dials = Interrupted(ledger.dials, method, losses=losses)
    fields = {name: getattr(ledger, name) for name in ledger.__slots__}
    broken = Ledger(**{**fields, "dials": dials})
    return Ringer(**{**{name: getattr(ringer, name) for name in Ringer.__slots__}, "ledger": broken})


@pytest.mark.parametrize(("method", "dials", "state"), [("grant", 0, CallState.READY), ("finish", 1, CallState.PLACED)])
async def test_a_lost_answer_is_made_good(
    ledger: Ledger, tmp_path: Path, method: str, dials: int, state: CallState
) -> None:
    """A grant whose answer was lost is given back as unsent; an outcome is written again until it is there."""
    clock, rulebook, dialer = Clock(), a_rulebook(tmp_path), ScriptedDialer()
    call_id = await accepted(ledger, rulebook, clock, {"id": "ct_7"})
    ringer = interrupted(a_ringer(ledger, rulebook, dialer, clock), method, losses=1)
    await pipeline.ring(ringer, await claimed(ledger, clock))
    assert len(dialer.dialled) == dials
    assert (await read(ledger, call_id)).state is state
    assert (await ledger.audit.recount(now=clock.at)).broken == ()


@pytest.mark.parametrize(
    ("unsent", "outcome", "expected"),
    [
        (0, Unsent(reason=Reason.CONNECT_FAILED, detail=""), timedelta(seconds=0.5)),
        (3, Unsent(reason=Reason.CONNECT_FAILED, detail=""), timedelta(seconds=4)),
        (900, Unsent(reason=Reason.CONNECT_FAILED, detail=""), timedelta(seconds=30)),
        (0, Unsent(reason=Reason.RATE_LIMITED, detail="", retry_after=timedelta(seconds=90)), timedelta(seconds=90)),
        (9, Unsent(reason=Reason.RATE_LIMITED, detail="", retry_after=timedelta(seconds=1)), timedelta(seconds=30)),
        (0, Unsent(reason=Reason.ACCOUNT_STOPPED, detail="", stops_account=True), timedelta(seconds=60)),
    ],
)
def test_waits_between_tries(unsent: int, outcome: Unsent, expected: timedelta) -> None:
    """Doubling with jitter up to a minute; never sooner than the API asked; an account waits for its probe."""
    ringer = a_ringer(None, None, ScriptedDialer(), Clock())
    assert ringing.backoff(ringer, unsent, outcome) == expected


async def test_the_third_ring_of_a_day_waits(ledger: Ledger, tmp_path: Path) -> None:
    """The policy's caps go into every grant: two rings in 24 hours, and the next lead of the person waits."""
    clock, rulebook, dialer = Clock(), a_rulebook(tmp_path), ScriptedDialer()
    for number in range(3):
        call_id = await accepted(ledger, rulebook, clock, PHONE, number)
        await pipeline.ring(a_ringer(ledger, rulebook, dialer, clock), await claimed(ledger, clock))
        clock.advance(minutes=11)
    call = await read(ledger, call_id)
    assert (call.state, call.reason, len(dialer.dialled)) == (CallState.READY, Reason.CAP_REACHED, 2)
