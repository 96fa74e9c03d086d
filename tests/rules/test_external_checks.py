"""Do-not-call checks in the configuration: what is wrong with one is told where it stands."""

from pathlib import Path

import pytest
from rules.written import HEAD, loaded, wrong

URL = 'url: "https://dnc.example/{phone}"'


@pytest.mark.parametrize(
    ("check", "problem"),
    [
        (f"{{{URL}}}", '"answer" is missing'),
        ("{url: 'https://dnc.example/', answer: {path: a}}", "names nobody"),
        ("{url: 'https://dnc.example/{fone}', answer: {path: a}}", '{fone} is no name; did you mean "phone"?'),
        ("{url: 'https://dnc.example/{phone}}', answer: {path: a}}", "belongs to no name"),
        ("{url: 'https://{phone}.example/', answer: {path: a}}", "must name one fixed host"),
        ("{url: 'ftp://dnc.example/{phone}', answer: {path: a}}", "must begin with https://"),
        (f"{{{URL}, answer: {{path: a, listed: [1], clear: ['1']}}}}", "cannot mean both"),
        (f"{{{URL}, answer: {{path: a, listed: []}}}}", "must have at least 1 item"),
        (f"{{{URL}, answer: {{path: 'a['}}}}", "cannot be read"),
        (f"{{{URL}, answer: {{path: a}}, body: {{p: '{{phone}}'}}}}", "needs `method: POST`"),
        (f"{{{URL}, answer: {{path: a}}, timeout: 1m}}", "must be between 100ms and 15s"),
        (f"{{{URL}, answer: {{path: a}}, fresh_for: 1s}}", "must be between 1m and 31d"),
        (f"{{{URL}, answer: {{path: a}}, headers: {{Host: x}}}}", "'Host' cannot be set"),
    ],
)
def test_a_check_that_could_not_be_asked_stops_the_start(tmp_path: Path, check: str, problem: str) -> None:
    """Nothing that is found only at the dial could have been found here."""
    found = wrong(tmp_path, f"do_not_call: {{checks: {{registry: {check}}}}}")
    assert any(problem in one for one in found), found


@pytest.mark.parametrize("section", ["checks", "lists"])
@pytest.mark.parametrize(
    "where", ["policy: {{do_not_call: {{{}: [natoinal]}}}}", "rules: [{{name: a, do_not_call: {{{}: [natoinal]}}}}]"]
)
def test_names_must_exist(tmp_path: Path, where: str, section: str) -> None:
    """A misspelt name would leave a call unchecked."""
    check = f"{{{URL}, answer: {{path: a}}}}" if section == "checks" else "{}"
    found = wrong(tmp_path, f"do_not_call: {{{section}: {{national: {check}}}}}\n{where.format(section)}")
    assert any('"natoinal"; did you mean "national"?' in one for one in found), found


def test_every_rule_is_under_every_check_unless_it_says_so(tmp_path: Path) -> None:
    """What is not said is the safe side; the policy and a rule may name some, or none."""
    checks = f"{{one: {{{URL}, answer: {{path: a}}}}, two: {{{URL}, answer: {{path: b}}}}}}"
    call = "sources: [crm], call: {from: east, contact: {phone: payload.phone}}"
    rulebook = loaded(
        tmp_path,
        f"""{HEAD}
do_not_call: {{checks: {checks}, lists: {{national: {{}}}}}}
policy: {{do_not_call: {{checks: [one]}}}}
rules:
  - {{name: usual, {call}}}
  - {{name: strict, {call}, do_not_call: {{checks: [one, two]}}}}
  - {{name: free, {call}, do_not_call: {{checks: [], lists: []}}}}
""",
    )
    asked = {rule: [check.name for check in rulebook.checks_for(rule)] for rule in ("usual", "strict", "free", "api")}
    assert asked == {"usual": ["one"], "strict": ["one", "two"], "free": [], "api": ["one"]}
    assert [list(rulebook.lists_for(rule)) for rule in ("usual", "free")] == [["national"], []]


def test_a_secret_in_a_check_is_not_shown(tmp_path: Path) -> None:
    """Neither by the configuration's text form nor by the check's."""
    check = "{url: 'https://dnc.example/{phone}?key=${TOKEN}', headers: {X-Key: '${TOKEN}'}, answer: {path: a}}"
    rulebook = loaded(tmp_path, f"{HEAD}do_not_call: {{checks: {{one: {check}}}}}")
    assert "not-a-real-secret" not in repr(rulebook.checks_for("api"))
    assert "not-a-real-secret" not in repr(rulebook.config)
