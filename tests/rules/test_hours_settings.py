"""Windows by weekday, presets and holidays: written one way, merged key by key, mistakes told where they stand."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from rules.written import HEAD, decide, loaded, wrong

from gateway.model import Person
from gateway.policy import Hours, Pace, Policy

CALL = "call: {from: east, contact: {phone: person.phone, state: payload.?state}}"
HOLIDAY = (
    "'xmas' is not a holiday: write for example 12-25, 2026-11-27, easter+1, 3 mon 01 or last mon 05, "
    "and after it `observed` or `nearest` if a weekend moves it"
)


@pytest.mark.parametrize(
    ("hours", "part", "message"),
    [
        ("{preset: [us_strict, uks]}", "uks", 'there is no preset "uks"; did you mean "uk"?'),
        ("{preset: frnace}", "frnace", 'there is no preset "frnace"; did you mean "france"?'),
        ("{window: {mon: always}, days: all}", "{window", "`window` names its days: leave `days` out"),
        (
            "{window: {mon: morning}}",
            "{mon",
            "'morning' is not a window: write HH:MM-HH:MM, for example 09:00-20:00, or",
        ),
        ("{window: {moon: always}}", "{moon", "'moon' is not a day or a range of days: write for example mon-fri,sun"),
        ("{holidays: [12-25, xmas]}", "xmas", HOLIDAY),
    ],
)
def test_mistakes_are_told_where_they_stand(tmp_path: Path, hours: str, part: str, message: str) -> None:
    """Of the policy's hours and of a rule's alike."""
    policy = f"policy: {{hours: {hours}}}"
    (problem,) = wrong(tmp_path, policy)
    assert problem.startswith(f"1:{policy.index(part) + 1}: {message}")
    rule = f"  - {{name: a, sources: [crm], {CALL}, hours: {hours}}}"
    (problem,) = wrong(tmp_path, f"{HEAD}rules:\n{rule}\n")
    assert problem.startswith(f"{HEAD.count(chr(10)) + 2}:{rule.index(part) + 1}: {message}")


def test_a_rules_days_need_a_window_where_the_policys_names_them(tmp_path: Path) -> None:
    """Or nobody could say which of the two counts."""
    rule = f"  - {{name: a, sources: [crm], {CALL}, hours: {{days: sun}}}}"
    text = f"{HEAD}rules:\n{rule}\npolicy: {{hours: {{window: {{mon: always}}}}}}\n"
    where = f"{HEAD.count(chr(10)) + 2}:{rule.index('sun') + 1}"
    assert wrong(tmp_path, text) == [f"{where}: the policy's `window` names its days: give this rule a `window` too"]


def test_always_is_free_of_presets_and_holidays() -> None:
    """A rule that says so is not bound by those of the policy."""
    always = Hours.model_validate("always")
    assert (always.window, always.days, always.preset, always.holidays) == ("always", "all", (), ())
    assert {"window", "days", "preset", "holidays"} <= always.model_fields_set


def test_one_preset_needs_no_list() -> None:
    """A name alone is a list of one."""
    assert Policy.model_validate({"hours": {"preset": "uk"}}).hours.preset == ("uk",)


@pytest.mark.parametrize(
    ("state", "kept"), [("Florida", "US-FL"), ("us-fl", "US-FL"), ("Ontario", "CA-ON"), ("Bavaria", None), (None, None)]
)
def test_the_state_is_taken_from_the_payload(tmp_path: Path, state: str | None, kept: str | None) -> None:
    """By its ISO 3166 code; a state that we know no zones of counts as not known."""
    rulebook = loaded(tmp_path, f"{HEAD}rules:\n  - {{name: a, sources: [crm], {CALL}}}\n")
    (plan,) = decide(rulebook, {"state": state}, person=Person(phone="+14155550132")).plans
    assert plan.address == kept


def test_hours_of_source_and_number_bind_besides(tmp_path: Path) -> None:
    """Both are found by name, and a lead lives until they allow it too; what limits nothing is left out."""
    text = f"{HEAD}rules:\n  - {{name: a, sources: [crm], hours: always, {CALL}}}\n"
    plain = loaded(tmp_path, text)
    assert plain.hours_beside("crm", "east") == {}
    rulebook = loaded(tmp_path, text.replace("id: pn_212,", "id: pn_212, hours: {days: sat},", 1))
    assert list(rulebook.hours_beside("crm", "east")) == ["number east"]
    lived = [
        decide(book, {"x": 1}, person=Person(phone="+14155550132")).plans[0].expires_at for book in (plain, rulebook)
    ]
    assert lived[0] < lived[1]


def test_a_preset_of_a_number_must_exist(tmp_path: Path) -> None:
    """A name that is none is told where it stands."""
    text = f"{HEAD}rules:\n  - {{name: a, sources: [crm], {CALL}}}\n"
    (problem,) = wrong(tmp_path, text.replace("id: pn_212,", "id: pn_212, hours: {preset: atlantis},", 1))
    assert 'there is no preset "atlantis"' in problem


def test_caps_of_a_rule(tmp_path: Path) -> None:
    """The keys a rule gives take the place of the policy's; the others stay."""
    rule = f"  - {{name: a, sources: [crm], caps: {{per_person: {{per_day: 1}}}}, {CALL}}}\n"
    caps = loaded(tmp_path, f"{HEAD}rules:\n{rule}").policy_for("a").caps.per_person
    assert (caps.per_day, caps.per_week) == (1, 5)


def test_talk_needs_a_limit_on_talks() -> None:
    """A talk time without `concurrent` would do nothing, and is told."""
    with pytest.raises(ValidationError, match="needs `concurrent`"):
        Pace.model_validate({"talk_time": "3m"})
