"""From a rule with several numbers to the number that is dialled, on a real ledger: health, hours, and pace."""

from datetime import timedelta
from pathlib import Path

import pytest
from scripted import CONFIG, Clock, ScriptedDialer, a_ringer, a_rulebook, accepted, claimed

from gateway import pipeline
from gateway.contracts import ContactResolved
from gateway.granting import terms_of
from gateway.ledger import Ledger
from gateway.ledger.records import Call
from gateway.model import CallState, Outcome, Placed, Refused, Uncertain
from gateway.reasons import Reason
from gateway.ringing import facts_of

pytestmark = pytest.mark.anyio
BAD = Refused(reason=Reason.NUMBER_REFUSED, status=400, detail="HTTP 400: fromNumberId: no such number")
UNSURE = Uncertain(cause=Reason.RESPONSE_TIMEOUT, detail="no answer")
OF_CONTACT = Refused(reason=Reason.REFUSED, status=404, detail="no such contact")
EAST = "numbers: {east: {id: pn_east, account: main, pace: {}}}"
TWO = """numbers:
  east: {id: pn_east, account: main, area_codes: [212], pace: {per_day: 2}}
  west: {id: pn_west, account: main, area_codes: [415], pace: {}, hours: HOURS}
"""
BY = "from: {by: area_code, of: [east, west], otherwise: west}, contact: {phone"


def two_numbers(hours: str = "always") -> str:
    """The usual configuration, where the rule by phone may take one of two numbers."""
    return CONFIG.replace(EAST, TWO.replace("HOURS", hours)).replace("from: east, contact: {phone", BY)


async def rung(
    ledger: Ledger,
    folder: Path,
    dialer: ScriptedDialer,
    outcomes: list[Outcome],
    text: str = "",
    clock: Clock | None = None,
) -> Call:
    """One call to New York, claimed and rung once for each outcome."""
    clock, rulebook = clock or Clock(), a_rulebook(folder, text or two_numbers())
    call_id = await accepted(ledger, rulebook, clock, {"phone": "(212) 200-0001"})
    for outcome in outcomes:
        dialer.outcome = outcome
        await pipeline.ring(a_ringer(ledger, rulebook, dialer, clock), await claimed(ledger, clock))
        clock.advance(seconds=1)
    found = await ledger.reads.call(call_id)
    assert found is not None
    return found


async def test_limits_are_those_of_the_rulebook_in_force(ledger: Ledger, tmp_path: Path) -> None:
    """What is kept of one rulebook is not asked of the next: a pace that was changed counts at once."""
    clock, rulebooks = Clock(), {}
    for pace in ("{}", "{per_day: 7}"):
        (tmp_path / pace).mkdir()
        rulebooks[pace] = a_rulebook(tmp_path / pace, CONFIG.replace("pace: {}", f"pace: {pace}"))
    await accepted(ledger, rulebooks["{}"], clock, {"id": "ct_1"})
    call = await claimed(ledger, clock)

    def paces(pace: str) -> list[int]:
        rulebook, budget = rulebooks[pace], timedelta(seconds=2)
        found = terms_of(rulebook, call, "ct_1", (), lambda: facts_of(call, rulebook), now=clock(), start_budget=budget)
        assert found is not None
        return [rate.limit for number in found.numbers for rate in number.rates]

    assert [paces(pace) for pace in ("{}", "{}", "{per_day: 7}", "{per_day: 7}", "{}")] == [[], [], [7], [7], []]


async def test_the_other_number_is_dialled(ledger: Ledger, tmp_path: Path) -> None:
    """Definitely refused for its number, the lead is rung at once from the next of the rule's, as one call."""
    dialer = ScriptedDialer()
    call = await rung(ledger, tmp_path, dialer, [BAD, Placed(status=200, provider_call_id="pc", response="")])
    assert [order.from_number_id for order in dialer.dialled] == ["pn_east", "pn_west"]
    assert (call.state, call.number, call.numbers) == (CallState.PLACED, "west", ("east", "west"))


@pytest.mark.parametrize("outcome", [UNSURE, OF_CONTACT])
async def test_what_is_not_the_numbers_fault_ends_there(ledger: Ledger, tmp_path: Path, outcome: Outcome) -> None:
    """In doubt, or refused for the contact: one request, and nothing is handed out again."""
    dialer = ScriptedDialer()
    clock = Clock()
    call = await rung(ledger, tmp_path, dialer, [outcome], clock=clock)
    clock.advance(hours=1)
    await ledger.sweeps.sweep(now=clock.at)
    claims = await ledger.dials.claim("worker-2", limit=9, now=clock.at, lease=timedelta(seconds=30))
    assert (len(dialer.dialled), claims.calls, call.attempts) == (1, (), 1)


async def test_a_number_with_closed_hours_stands_in_for_none(ledger: Ledger, tmp_path: Path) -> None:
    """The number that would be next has hours of its own, closed now: the call waits for the one it has."""
    dialer = ScriptedDialer()
    call = await rung(ledger, tmp_path, dialer, [BAD], two_numbers('{window: "18:00-19:00"}'))
    assert (call.state, call.reason) == (CallState.READY, Reason.NUMBER_REFUSED)
    assert [order.from_number_id for order in dialer.dialled] == ["pn_east"]


async def test_a_full_number_is_passed_over(ledger: Ledger, tmp_path: Path) -> None:
    """Two calls a day are east's limit: the third lead of New York is rung from west, and its history says why."""
    clock, rulebook, dialer = Clock(), a_rulebook(tmp_path, two_numbers()), ScriptedDialer()
    for number in range(3):
        call_id = await accepted(ledger, rulebook, clock, {"phone": f"(212) 200-000{number}"}, number + 1)
        dialer.contact = ContactResolved(contact_id=f"ct_{number}")
        await pipeline.ring(a_ringer(ledger, rulebook, dialer, clock), await claimed(ledger, clock))
    assert [order.from_number_id for order in dialer.dialled] == ["pn_east", "pn_east", "pn_west"]
    dialled = [entry for entry in await ledger.reads.timeline(call_id) if entry.state == "DIALING"]
    assert dict(dialled[0].facts) == {"number": "west", "passed_over": "east pace"}
