"""Windows by weekday, presets and holidays: written one way, merged key by key, mistakes told where they stand."""

from pathlib import Path

import pytest
from rules.written import HEAD, decide, loaded, wrong

from gateway.model import Person
from gateway.policy import Hours, Policy

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


@pytest.mark.parametrize(("state", "kept"), [("Florida", "FL"), ("us-fl", "FL"), ("Ontario", None), (None, None)])
def test_the_state_is_taken_from_the_payload(tmp_path: Path, state: str | None, kept: str | None) -> None:
    """As a postal code; anything that is no state of the US counts as not known."""
    rulebook = loaded(tmp_path, f"{HEAD}rules:\n  - {{name: a, sources: [crm], {CALL}}}\n")
    (plan,) = decide(rulebook, {"state": state}, person=Person(phone="+14155550132")).plans
    assert plan.us_state == kept
