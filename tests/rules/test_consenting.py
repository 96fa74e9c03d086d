"""Consent is taken from the payload at the match, and a rule that requires it says where it stands."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules.written import HEAD, decide, loaded, wrong

from gateway.ledger.decoding import _plan_of
from gateway.ledger.encoding import Origin, plan_fields
from gateway.ledger.packing import unseal
from gateway.model import CallPlan, Consent, EventState, JsonObject, Person
from gateway.rules.consenting import consent_of

LINES = HEAD.count("\n")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WHERE = "{required: true, basis: payload.?consent, at: payload.?at, source: payload.?page}"


def ruled(consent: str, policy: str = "{}") -> str:
    """A configuration whose one rule has this consent, under this policy."""
    rule = "name: a, sources: [crm], call: {from: east, contact: {phone: person.phone}}"
    return f"{HEAD}rules:\n  - {{{rule}, consent: {consent}}}\npolicy: {policy}\n"


def planned(folder: Path, consent: str, payload: JsonObject) -> CallPlan:
    """The call of a rule with this consent."""
    decision = decide(loaded(folder, ruled(consent)), payload, person=Person(phone="+14155550132"))
    assert decision.state is EventState.MATCHED, decision.error
    return decision.plans[0]


def test_what_the_payload_tells_is_kept_with_the_plan(tmp_path: Path) -> None:
    """Basis, time and source."""
    payload: JsonObject = {"consent": "I agree", "at": "2026-11-20T12:00:00Z", "page": "https://example.com/demo"}
    found = planned(tmp_path, WHERE, payload).consent
    assert found == Consent(basis="I agree", at=NOON, source="https://example.com/demo")


def test_what_is_missing_is_none_and_no_error(tmp_path: Path) -> None:
    """The guard says no; the event is not failed."""
    assert planned(tmp_path, WHERE, {}).consent == Consent()


def test_the_ledger_gives_back_what_it_was_given(tmp_path: Path) -> None:
    """Also of calls that were stored before there was consent."""
    origin = Origin(event_id="ev_1", delivery_id="dl_1", source="crm", provider="generic", received_ms=0)
    plan = planned(tmp_path, WHERE, {"consent": "I agree", "at": NOON.isoformat()})
    for consent in (plan.consent, Consent(), None):
        data = unseal(plan_fields(replace(plan, consent=consent), origin)["data"])
        assert _plan_of(data)["consent"] == consent
    del data["consent"]
    assert _plan_of(data)["consent"] is None


@pytest.mark.parametrize("text", ["false", "No", " off ", "0", "none", "", "   ", "unchecked", None])
def test_a_no_is_no_consent(text: str | None) -> None:
    """An empty tick box is told in many ways."""
    basis = text if text is None or text.strip() else None
    assert consent_of(basis, None, None).basis is None


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-20T12:00:00Z", NOON),
        ("2026-11-20T07:00:00-05:00", NOON),
        ("2026-11-20 12:00", NOON),
        ("2026-11-20", NOON - timedelta(hours=12)),
        (str(int(NOON.timestamp())), NOON),
        (str(int(NOON.timestamp() * 1000)), NOON),
        ("yesterday", None),
        ("9" * 30, None),
        ("²", None),
        (None, None),
    ],
)
def test_times(text: str | None, at: datetime | None) -> None:
    """ISO 8601 and Unix times; anything else is no time."""
    assert consent_of("yes", text, None).at == at


@given(text=st.text())
def test_no_text_breaks_it(text: str) -> None:
    """A payload may hold anything."""
    consent = consent_of(text, text, text)
    assert consent.at is None or consent.at.tzinfo is not None
    assert len(consent.source or "") <= 500


@pytest.mark.parametrize(
    ("consent", "policy", "required", "max_age"),
    [
        ("{basis: payload.?a}", "{}", False, None),
        ("{basis: payload.?a}", "{consent: {required: true}}", True, None),
        ("{basis: payload.?a, required: false}", "{consent: {required: true}}", False, None),
        ("{basis: payload.?a, at: payload.?b, max_age: 7d}", "{consent: {required: true}}", True, timedelta(days=7)),
        ("{basis: payload.?a, at: payload.?b}", "{consent: {required: true, max_age: 7d}}", True, timedelta(days=7)),
    ],
)
def test_what_a_rule_leaves_out_is_the_policys(
    tmp_path: Path, consent: str, policy: str, required: bool, max_age: timedelta | None
) -> None:
    """Key by key, as everywhere."""
    terms = loaded(tmp_path, ruled(consent, policy)).policy_for("a").consent
    assert (terms.required, terms.max_age) == (required, max_age)


@pytest.mark.parametrize(
    ("consent", "policy", "part", "message"),
    [
        (
            "{required: true}",
            "{}",
            "consent:",
            "consent is required: say where the payload tells of it, consent: {basis: …}",
        ),
        (
            "{required: true, basis: payload.?a, max_age: 7d}",
            "{}",
            "consent:",
            "consent has a `max_age`: say where the payload tells its time, consent: {at: …}",
        ),
        ("{basis: paylod.a}", "{}", "paylod", None),
        ("{bases: payload.a}", "{}", "bases:", 'unknown key "bases"; did you mean "basis"?'),
        ("{max_age: 7}", "{}", "7}", "write a duration with its unit, for example 10m, 24h or 7d, not 7"),
    ],
)
def test_mistakes_are_told_where_they_stand(
    tmp_path: Path, consent: str, policy: str, part: str, message: str | None
) -> None:
    """A rule that could never ring is one."""
    text = ruled(consent, policy)
    column = text.splitlines()[LINES + 1].index(part) + 1
    (problem,) = wrong(tmp_path, text)
    assert problem.startswith(f"{LINES + 2}:{column}: {message or ''}")


def test_a_policy_that_requires_consent_asks_every_rule_where_it_stands(tmp_path: Path) -> None:
    """Or the rule would never ring."""
    text = ruled("{}", "{consent: {required: true}}").replace(", consent: {}", "")
    assert wrong(tmp_path, text) == [
        f"{LINES + 2}:5: consent is required: say where the payload tells of it, consent: {{basis: …}}"
    ]
