"""A rule may put its event's person on the do-not-call list instead of calling them."""

from pathlib import Path

import pytest
from rules.written import decide, with_rules, wrong

from gateway.model import EventState, JsonObject, Person
from gateway.reasons import Reason

HEARD = Person(phone="+12122000001", email="Ada@Example.com", contact_id="ct_7")
RULES = """\
  - name: unsubscribed
    when: event.type == "unsubscribed"
    do_not_call: {action}
  - name: call
    sources: [crm]
    call: {{from: east, contact: {{phone: payload.phone, region: US}}}}
"""


@pytest.mark.parametrize(
    ("action", "payload", "listed"),
    [
        ("add", {}, ["+12122000001", "ada@example.com", "ct_7"]),
        ("{add: {region: US}}", {}, ["+12122000001", "ada@example.com", "ct_7"]),
        ("{add: {phone: payload.who, region: US}}", {"who": "(212) 200-0002"}, ["+12122000002"]),
        ("{add: {email: payload.who, id: payload.id}}", {"who": "A@B.example", "id": 7}, ["a@b.example", "7"]),
    ],
)
def test_the_person_goes_on_the_list(tmp_path: Path, action: str, payload: JsonObject, listed: list[str]) -> None:
    """The event's person as its source reads it, or whom the rule's expressions name; nobody is called."""
    rulebook = with_rules(tmp_path, RULES.format(action=action))
    decision = decide(rulebook, payload, person=HEARD, event_type="unsubscribed")
    assert (decision.state, decision.reason, decision.plans) == (EventState.IGNORED, Reason.OPTED_OUT, ())
    assert [subject.value for subject in decision.opt_outs] == listed
    assert [said.matched for said in decision.trace] == [True, None]


def test_other_events_go_on_to_the_other_rules(tmp_path: Path) -> None:
    """The condition decides, as for a call."""
    decision = decide(with_rules(tmp_path, RULES.format(action="add")), {"phone": "(212) 200-0001"})
    assert (decision.state, len(decision.plans), decision.opt_outs) == (EventState.MATCHED, 1, ())


def test_with_every_rule_asked_both_happen(tmp_path: Path) -> None:
    """The opt-out is written in the same write before the call is: whom it names, that call does not ring."""
    rulebook = with_rules(tmp_path, RULES.format(action="add") + "matching: all\n")
    decision = decide(rulebook, {"phone": "(212) 200-0001"}, person=HEARD, event_type="unsubscribed")
    assert (decision.state, len(decision.plans), len(decision.opt_outs)) == (EventState.MATCHED, 1, 3)


@pytest.mark.parametrize(
    ("action", "person", "reason", "error"),
    [
        ("add", Person(), Reason.OPT_OUT_UNREADABLE, "it names no phone, e-mail address or contact id"),
        ("add", Person(phone="12"), Reason.OPT_OUT_UNREADABLE, "phone: not a phone number"),
        ("{add: {phone: payload.nobody}}", HEARD, Reason.RULE_ERROR, "rule unsubscribed: do_not_call.add.phone: "),
    ],
)
def test_what_cannot_be_read_is_for_a_person(
    tmp_path: Path, action: str, person: Person, reason: Reason, error: str
) -> None:
    """FAILED: an opt-out is never dropped in silence."""
    rulebook = with_rules(tmp_path, RULES.format(action=action))
    decision = decide(rulebook, {}, person=person, event_type="unsubscribed")
    assert (decision.state, decision.reason) == (EventState.FAILED, reason)
    assert error in str(decision.error)


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ("{name: a}", '"call" is missing'),
        ("{name: a, do_not_call: {checks: []}}", '"call" is missing'),
        ("{name: a, do_not_call: remove}", "must be a map"),
        ("{name: a, do_not_call: {add: {phone: payload.}}}", "unexpected"),
        ("{name: a, do_not_call: {add: {}, checks: []}}", "leave `checks` and `lists` out"),
        ("{name: a, do_not_call: add, call: {from: east, contact: {phone: person.phone}}}", "leave `call` out"),
        ("{name: a, do_not_call: {adds: {}}}", 'unknown key "adds"; did you mean "add"?'),
    ],
)
def test_mistakes_are_told(tmp_path: Path, rule: str, problem: str) -> None:
    """A rule either calls or lists."""
    assert any(problem in found for found in wrong(tmp_path, f"rules: [{rule}]")), wrong(tmp_path, f"rules: [{rule}]")


def test_a_public_form_may_take_opt_outs(tmp_path: Path) -> None:
    """A rule that calls nobody needs no regions; its sentence says what it does."""
    rulebook = with_rules(tmp_path, "  - {name: stop, sources: [form], do_not_call: add}\n")
    assert "put its person on the do-not-call list" in rulebook.explain()[0].detail
