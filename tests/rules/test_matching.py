"""Which rules are asked, in which order, and what of the event they see."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from rules.written import NOW, REQUEST, decide, with_rules

from gateway.model import Event, EventState, JsonObject, Person
from gateway.reasons import Reason

CALL = "call: {from: east, contact: {phone: '\"+14155550132\"'}}"


def rule(name: str, when: str, sources: str = "[crm]") -> str:
    """A rule in one line, with a phone that always rings."""
    return f"  - {{name: {name}, sources: {sources}, when: {when}, {CALL}}}\n"


def test_the_first_rule_that_holds_makes_the_only_call(tmp_path: Path) -> None:
    """The trace says what each rule said, and which were not reached."""
    rules = rule("a", "payload.x == 2") + rule("b", "payload.x == 1") + rule("c", "true")
    decision = decide(with_rules(tmp_path, rules), {"x": 1})
    assert decision.state is EventState.MATCHED
    assert [plan.rule for plan in decision.plans] == ["b"]
    assert [(said.rule, said.matched) for said in decision.trace] == [("a", False), ("b", True), ("c", None)]
    assert "does not hold: payload.x == 2" in decision.trace[0].detail
    assert "not reached" in decision.trace[2].detail


def test_matching_all_makes_every_call(tmp_path: Path) -> None:
    """Each rule that holds, in order."""
    rules = rule("a", "true") + rule("b", "false") + rule("c", "payload.x == 1") + "matching: all\n"
    decision = decide(with_rules(tmp_path, rules), {"x": 1})
    assert (decision.state, [plan.rule for plan in decision.plans]) == (EventState.MATCHED, ["a", "c"])


def test_no_rule_is_an_expected_no(tmp_path: Path) -> None:
    """Ignored with its reason, and every rule's word."""
    decision = decide(with_rules(tmp_path, rule("a", "payload.x == 2")), {"x": 1})
    assert (decision.state, decision.reason, decision.plans) == (EventState.IGNORED, Reason.NO_RULE_MATCHED, ())


def test_a_rule_is_asked_only_for_its_sources(tmp_path: Path) -> None:
    """A rule for another source is passed over, whatever its condition would do."""
    rules = rule("a", "payload.nothing.here", "[other]") + rule("b", "true")
    decision = decide(with_rules(tmp_path, rules), {})
    assert [plan.rule for plan in decision.plans] == ["b"]
    assert decision.trace[0].detail == "it is not for source crm"


@pytest.mark.parametrize(("matching", "called"), [("first", []), ("all", ["a", "c"])])
def test_a_rule_that_fails_loses_nothing(tmp_path: Path, matching: str, called: list[str]) -> None:
    """FAILED with the error. With `first` nobody is called past it; with `all` the other calls stand."""
    order = (
        rule("b", "payload.x.y == 1") + rule("a", "true")
        if matching == "first"
        else rule("a", "true") + rule("b", "payload.x.y == 1")
    )
    decision = decide(with_rules(tmp_path, order + rule("c", "true") + f"matching: {matching}\n"), {})
    assert (decision.state, decision.reason) == (EventState.FAILED, Reason.RULE_ERROR)
    assert decision.error == 'rule b: when: payload has no "x": write payload.?x.orValue("") where it may be missing'
    assert [plan.rule for plan in decision.plans] == called


def test_a_call_that_cannot_be_planned_is_a_failure_too(tmp_path: Path) -> None:
    """The rule held, and which part of its call failed is told."""
    rules = "  - {name: a, sources: [crm], call: {from: east, contact: {phone: payload.phone}}}\n" + rule("b", "true")
    decision = decide(with_rules(tmp_path, rules), {})
    assert (decision.state, decision.plans) == (EventState.FAILED, ())
    assert decision.error is not None
    assert decision.error.startswith('rule a: call.contact.phone: payload has no "phone"')
    assert (decision.trace[0].matched, decision.trace[1].matched) == (True, None)


@pytest.mark.parametrize(
    "when",
    [
        'payload.interest == "demo"',
        'event.id == "ev_1" && event.type == "lead" && event.source == "crm" && event.provider == "generic"',
        'timestamp(event.occurred_at) == timestamp("2026-11-22T10:30:00Z")',
        'person.phone == "+1" && person.last_name == null && person.contact_id == null',
        'headers["x-campaign"] == "one"',
        '!("authorization" in headers) && !("cookie" in headers)',
        'query.utm == "spring"',
        "{field: payload.interest, equals: demo}",
        "true",
    ],
)
def test_what_a_rule_sees(tmp_path: Path, when: str) -> None:
    """Payload, event, person, headers without secrets, query; of repeated headers and fields the first."""
    written = when if when.startswith("{") else f"'{when}'" if when != "true" else when
    rulebook = with_rules(tmp_path, rule("a", written))
    event = Event(
        payload={"interest": "demo"},
        type="lead",
        person=Person(phone="+1"),
        occurred_at=datetime(2026, 11, 22, 10, 30, tzinfo=UTC),
    )
    decision = rulebook.match(event, event_id="ev_1", source=rulebook.sources["crm"], request=REQUEST, now=NOW)
    assert decision.state is EventState.MATCHED, decision


def test_an_event_without_a_time_has_null(tmp_path: Path) -> None:
    """Known to be unknown, not an error."""
    assert decide(with_rules(tmp_path, rule("a", "event.occurred_at == null")), {}).plans


@pytest.mark.parametrize("payload", [{"x": "\ud800"}, {"x": 2**80}, {"x": {"y": [[[]]]}}, {"x": None}])
def test_no_payload_makes_matching_raise(tmp_path: Path, payload: JsonObject) -> None:
    """Whatever the decoders let through: a decision."""
    decision = decide(with_rules(tmp_path, rule("a", "payload.x == 1")), payload)
    assert decision.state in {EventState.FAILED, EventState.IGNORED}


def test_a_rule_that_never_holds_is_never_asked_further(tmp_path: Path) -> None:
    """`when: false` switches a rule off."""
    decision = decide(with_rules(tmp_path, rule("a", "false")), {})
    assert decision.trace[0].detail == "does not hold: never"
