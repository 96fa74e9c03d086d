"""Deciding a stored event again: the same facts, today's rules."""

from datetime import UTC, datetime
from typing import Any

import pytest
from receiver import PHONE, SITE

from gateway.ledger.records import DeliveryRecord, EventRecord
from gateway.model import Event, EventState
from gateway.ordering import ORDER_TYPE
from gateway.reasons import Reason
from gateway.replaying import NotReplayable, decide_stored
from gateway.rules.loading import load
from gateway.rules.rulebook import Rulebook

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DELIVERY: dict[str, Any] = {
    "id": "dl_1", "source": "bearer", "provider": "generic", "received_at": NOW, "method": "POST",
    "content_type": "application/json", "remote": "203.0.113.9", "headers": (("content-type", "application/json"),),
    "query": "", "scheme": "bearer token", "body": b"{}", "size": 2, "event_ids": ("ev_1",),
}  # fmt: skip
LEAD = {"interest": "demo", "phone": PHONE}


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    """The rulebook of the receiver's tests."""
    return load(SITE, {})


def stored(source: str = "bearer", reason: Reason | None = None, **event: Any) -> EventRecord:
    """An event as the ledger has it."""
    provider = "api" if source == "api" else "generic"
    return EventRecord(
        id="ev_1", delivery_id="dl_1", source=source, provider=provider, event=Event(**({"payload": {}} | event)),
        state=EventState.FAILED, reason=reason, error="", received_at=NOW, decided_at=NOW, duplicates=0, call_ids=(),
        trace=(), rulebook="old",
    )  # fmt: skip


def delivery(**changes: Any) -> DeliveryRecord:
    """A delivery as the ledger has it."""
    return DeliveryRecord(**(DELIVERY | changes))


def test_today_s_rules_decide(rulebook: Rulebook) -> None:
    """What must hold: a stored payload that a rule now matches becomes its call."""
    decision = decide_stored(stored(payload=LEAD), delivery(), rulebook, now=NOW)
    assert (decision.state, [plan.rule for plan in decision.plans]) == (EventState.MATCHED, ["demo"])
    assert decision.rulebook == rulebook.version


def test_a_test_event_never_rings(rulebook: Rulebook) -> None:
    """What must hold: what the sender marked as a test stays one, whatever the rules say."""
    event = stored(payload=LEAD, never_rings=Reason.TEST_EVENT)
    decision = decide_stored(event, delivery(), rulebook, now=NOW)
    assert (decision.state, decision.reason, decision.plans) == (EventState.IGNORED, Reason.TEST_EVENT, ())


def test_a_body_that_can_now_be_read_gives_all_its_calls(rulebook: Rulebook) -> None:
    """What must hold: an unreadable delivery of several leads becomes one decision with a call for each, told apart."""
    body = b'[{"interest":"demo","phone":"+14155550123"},{"interest":"demo","phone":"+14155550124"},{"interest":"x"}]'
    decision = decide_stored(stored(reason=Reason.UNREADABLE), delivery(body=body), rulebook, now=NOW)
    assert decision.state is EventState.MATCHED
    assert [(plan.rule, plan.ordinal) for plan in decision.plans] == [("demo", 0), ("demo", 1)]


@pytest.mark.parametrize(
    ("body", "state", "reason"),
    [
        (b"{", EventState.FAILED, Reason.UNREADABLE),
        (b"[]", EventState.IGNORED, Reason.NOT_AN_EVENT),
        (b'[{"interest":"x"},{"interest":"y"}]', EventState.IGNORED, Reason.NO_RULE_MATCHED),
        (b'[{"interest":"broken"},{"interest":"x"}]', EventState.FAILED, Reason.RULE_ERROR),
    ],
)
def test_a_body_read_again_has_one_state(rulebook: Rulebook, body: bytes, state: EventState, reason: Reason) -> None:
    """What must hold: still unreadable, empty, unmatched and failing deliveries each keep a state with its reason."""
    decision = decide_stored(stored(reason=Reason.UNREADABLE), delivery(body=body), rulebook, now=NOW)
    assert (decision.state, decision.reason) == (state, reason)


def test_an_order_is_decided_as_an_order(rulebook: Rulebook) -> None:
    """What must hold: what was ordered by API is planned again, or fails with a reason when its number is gone."""
    good = stored("api", type=ORDER_TYPE, payload={"from": "east", "contactId": "c1"})
    gone = stored("api", type=ORDER_TYPE, payload={"from": "nobody", "contactId": "c1"})
    torn = stored("api", type=ORDER_TYPE, payload={})
    assert decide_stored(good, None, rulebook, now=NOW).state is EventState.MATCHED
    for event in (gone, torn):
        decision = decide_stored(event, None, rulebook, now=NOW)
        assert (decision.state, decision.reason) == (EventState.FAILED, Reason.RULE_ERROR)


@pytest.mark.parametrize(
    ("event", "kept"),
    [
        (stored("a-source-that-is-gone", payload=LEAD), delivery()),
        (stored(payload=LEAD), None),
        (stored(reason=Reason.UNREADABLE), delivery(body=None)),
    ],
)
def test_what_is_gone_cannot_be_replayed(rulebook: Rulebook, event: EventRecord, kept: DeliveryRecord | None) -> None:
    """What must hold: without the source, the delivery or its body there is an error that says so, and no decision."""
    with pytest.raises(NotReplayable):
        decide_stored(event, kept, rulebook, now=NOW)
