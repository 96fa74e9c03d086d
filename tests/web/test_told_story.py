"""A lead's story: every state the scripts lead to has its words, in order, with the times that count; and no number."""

from dataclasses import replace
from datetime import timedelta

import pytest
from ledger.scenes import PLACED, UNSENT, Scene, at, bring, plan

from gateway.ledger import Ledger
from gateway.ledger.notices import NoticeState, Sent
from gateway.model import CallState
from gateway.reasons import Reason
from gateway.web.console.story import Step, attempts_of, steps_of

pytestmark = pytest.mark.anyio
TITLES = {
    CallState.READY: "Waits",
    CallState.HELD: "A person must decide",
    CallState.CLAIMED: "A worker looks at it",
    CallState.DIALING: "Request to the call API",
    CallState.PLACED: "The phone rings",
    CallState.REJECTED: "Refused by the call API",
    CallState.UNKNOWN: "It may have rung: nobody can know",
    CallState.SKIPPED: "Not called",
    CallState.EXPIRED: "Too old to ring",
    CallState.CANCELLED: "Cancelled",
    CallState.JOINED: "Joined another call to the same person",
    CallState.CLOSED: "Closed",
}


async def story(ledger: Ledger, call_id: str) -> list[Step]:
    """All of it, as its page shows it."""
    call = await ledger.reads.call(call_id)
    assert call is not None
    event, delivery = await ledger.reads.event(call.event_id), await ledger.reads.delivery(call.delivery_id)
    history, notices = await ledger.reads.timeline(call_id), await ledger.notices.of_call(call_id)
    return steps_of(event, delivery, {call_id: history}, notices, received_at=call.received_at)


@pytest.mark.parametrize("state", CallState)
async def test_every_state_has_its_words(ledger: Ledger, state: CallState) -> None:
    """What must hold: the webhook first, the rule, each step of the call; the last line says where it stands."""
    hold = await bring(Scene(ledger), state)
    steps = await story(ledger, hold.call_id)
    assert [step.title for step in steps[:3]] == ["Webhook from site", "A rule wants a call", "Ready to ring"]
    assert steps[-1].title == TITLES[state]
    assert [step.title for step in steps[:-1]].count("A worker looks at it") == 0
    assert len(attempts_of(await Scene(ledger).call(hold.call_id), await ledger.reads.timeline(hold.call_id))) == (
        state in {CallState.DIALING, CallState.PLACED, CallState.REJECTED, CallState.UNKNOWN, CallState.CLOSED}
    )


async def test_each_attempt_has_its_times_and_its_answer(ledger: Ledger) -> None:
    """What must hold: seconds from the webhook to each request and to its answer; one under way has none yet."""
    scene = Scene(ledger)
    call_id = await scene.add()
    first = await scene.claim(call_id, now=at(2))
    await scene.grant(first, now=at(3))
    await ledger.dials.finish(first, UNSENT, now=at(4.5), retry_at=at(10))
    second = await scene.claim(call_id, now=at(10))
    await scene.grant(second, now=at(11))
    assert await told(ledger, call_id) == [(1, 3, 1.5, "Not sent"), (2, 11, None, "Dialling")]
    await ledger.dials.finish(second, PLACED, now=at(12))
    assert await told(ledger, call_id) == [(1, 3, 1.5, "Not sent"), (2, 11, 1, "Rung")]
    sent = [step for step in await story(ledger, call_id) if step.title == "Request to the call API"]
    assert [(step.after, step.took) for step in sent] == [(3, 1.5), (11, 1)]


async def told(ledger: Ledger, call_id: str) -> list[tuple[int, float, float | None, str]]:
    """The attempts of a call: number, seconds to it, seconds to its answer, what came of it."""
    found = attempts_of(await Scene(ledger).call(call_id), await ledger.reads.timeline(call_id))
    return [(one.number, one.after, one.took, one.mark.label) for one in found]


async def test_what_an_endpoint_was_told_is_a_line_of_it(ledger: Ledger) -> None:
    """What must hold: in its place in time, with the tries; a number in the endpoint's answer is masked."""
    made = replace(plan(skip=Reason.PHONE_INVALID), notify=("crm SKIPPED",))
    call_id = (await Scene(ledger).accept(made)).call_ids[0]
    assert (await story(ledger, call_id))[-1].mark.label == "To be told"
    lease = timedelta(seconds=30)
    (notice,) = await ledger.notices.claim("s1", limit=1, now=at(1), lease=lease, share=1, busy={})
    said = Sent(outcome=NoticeState.FAILED, said="HTTP 410: ask +1 415 555 0123")
    await ledger.notices.finish(notice, "s1", said, now=at(2))
    last = (await story(ledger, call_id))[-1]
    assert (last.title, last.mark.label, last.after, last.facts) == ("crm: Not called", "Not told", 2, {"tries": "1"})
    assert "0123" not in last.detail
