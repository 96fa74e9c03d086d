"""`dialgate test`: what passes, what fails and where, what is covered; and files that are no tests."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from jsonschema import Draft202012Validator
from tree import ROOT, files
from upstairs import Dialgate

from gateway.rule_tests.cases import cases_schema, read_cases
from gateway.rules.files import config_files

CONFIG = """\
accounts: {main: {}}
numbers: {east: {id: pn_212, account: main}}
sources:
  crm: {provider: generic, secrets: [a-long-enough-secret], authentication: [{bearer: true}]}
rules:
  - name: leads
    when: {field: payload.kind, equals: lead}
    call: {from: east, contact: {phone: payload.phone, region: US}, campaign: cmp_1}
  - name: broken
    when: payload.kind == "x" && payload.missing == 1
    call: {from: east, contact: {phone: payload.phone, region: US}}
"""
LEAD = "{json: {kind: lead, phone: (212) 200-0001}}"
NIGHT = "at: 2026-11-18T04:00:00Z"


@pytest.fixture(autouse=True)
def _configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dialgate.yaml").write_text(CONFIG)
    (tmp_path / "tests").mkdir()
    (tmp_path / "lead.json").write_text('{"kind": "lead", "phone": "+12122000001"}')
    monkeypatch.setenv("DIALGATE_CONFIG", str(tmp_path / "dialgate.yaml"))


def written(folder: Path, body: str, expect: str, more: str = NIGHT.replace("04", "17")) -> None:
    """One test in a file beside the configuration: the expectation stands on line 7."""
    lines = ("tests:", "  - name: it holds", "    source: crm", f"    body: {body}", f"    {more}", "    expect:")
    text = "\n".join((*lines, f"      {expect}", ""))
    (folder / "tests" / "leads.yaml").write_text(text)


@pytest.mark.parametrize(
    ("body", "more", "expect"),
    [
        (LEAD, "at: 2026-11-18T17:00:00Z", "calls: [{rule: leads, number: east, phone: '+12122000001', ends: rings}]"),
        (LEAD, NIGHT, "calls: [{ends: waits, until: 2026-11-18T14:00:00Z, reason: outside_hours, campaign: cmp_1}]"),
        ("{json: {kind: lead, phone: '911'}}", NIGHT, "calls: [{ends: skipped, reason: phone_emergency}]"),
        ("{json: {kind: lead, phone: '911'}}", NIGHT, "nobody"),
        ("{file: ../lead.json}", NIGHT, "calls: [{priority: normal, phone: '+12122000001'}]"),
        ("{raw: '{'}", NIGHT, "failed: unreadable"),
        ("{json: {kind: x}}", NIGHT, "failed: rule_error"),
        ("{json: {kind: news}}", "headers: {X-Topic: a}", "ignored: no_rule_matched"),
        ("{form: {kind: lead, phone: '2122000001'}}", NIGHT, "calls: [{rule: leads}]"),
    ],
)
def test_what_holds_passes(dialgate: Dialgate, tmp_path: Path, body: str, more: str, expect: str) -> None:
    """What must hold: only what is written is compared, in every form a body may have; exit 0."""
    written(tmp_path, body, expect, more)
    answer = dialgate("test")
    assert (answer.code, "1 tests, 0 failed" in answer.out) == (0, True), answer


@pytest.mark.parametrize(
    ("body", "expect", "missed", "got"),
    [
        (LEAD, "calls: [{number: west}]", "- west", "+ east"),
        (LEAD, "calls: [{ends: waits}]", "- waits", "+ rings"),
        (LEAD, "calls: [{}, {}]", "- 2 calls", "+ 1 call: rule 'leads' from east to +12122000001: rings"),
        (LEAD, "nobody", "- nobody", "+ rule 'leads'"),
        (LEAD, "ignored: no_rule_matched", "- ignored: no_rule_matched", "+ rule 'leads'"),
        ("{json: {kind: x}}", "ignored: no_rule_matched", "- ignored", "+ failed: rule_error (rule leads"),
        ("{json: {kind: news}}", "calls: [{rule: leads}]", "- 1 call", "+ 0 calls: ignored: no_rule_matched"),
    ],
)
def test_what_does_not_hold_is_told_with_its_place(
    dialgate: Dialgate, tmp_path: Path, body: str, expect: str, missed: str, got: str
) -> None:
    """What must hold: exit 1, the file and line of the expectation, what was expected, and what came."""
    written(tmp_path, body, expect)
    answer = dialgate("test")
    assert (answer.code, "leads.yaml:7:" in answer.out or "leads.yaml:6:" in answer.out) == (1, True), answer
    assert missed in answer.out, answer.out
    assert got.replace(" (rule leads", "") in answer.out, answer.out


def test_coverage_and_reports(dialgate: Dialgate, tmp_path: Path) -> None:
    """What must hold: rules no test matches are named, --cover fails for them, JSON and JUnit say the same."""
    written(tmp_path, LEAD, "calls: [{number: west}]")
    answer = dialgate("test", "--json", "--junit", str(tmp_path / "junit.xml"))
    told = answer.json
    assert (answer.code, told["failed"], told["coveredPercent"]) == (1, 1, 50)
    assert [one["rule"] for one in told["uncovered"]] == ["broken"]
    assert told["tests"][0]["failures"][0] | {"line": 7} == {
        "line": 7, "what": "calls.0.number", "expected": "west", "got": "east",
    }  # fmt: skip
    suite = ET.fromstring((tmp_path / "junit.xml").read_text())
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    written(tmp_path, LEAD, "calls: [{number: east}]")
    assert (dialgate("test").code, dialgate("test", "--cover", "100").code) == (0, 1)
    assert "no test matches rule 'broken'" in dialgate("test", "--cover", "100").out


@pytest.mark.parametrize(
    ("body", "expect", "said"),
    [
        ("{json: 1, raw: x}", "nobody", "leads.yaml:4:11: "),
        (LEAD, "calls: []", "leads.yaml:7:14: "),
        (LEAD, "{ignored: because}", "leads.yaml:7:"),
        (LEAD, "{calls: [{rul: x}]}", 'unknown key "rul"; did you mean "rule"?'),
        ("{file: gone.json}", "nobody", "leads.yaml:4:12: gone.json cannot be read"),
        ("{sample: gone}", "nobody", "has no sample 'gone' to post"),
    ],
)
def test_what_is_no_test_is_told(dialgate: Dialgate, tmp_path: Path, body: str, expect: str, said: str) -> None:
    """What must hold: a mistake in a test file is a problem with its place, exit 2, and nothing is run."""
    written(tmp_path, body, expect)
    answer = dialgate("test")
    assert (answer.code, said in answer.err, answer.out) == (2, True, ""), answer


def test_a_folder_s_tests_are_no_configuration(tmp_path: Path) -> None:
    """What must hold: the loader of a folder of configurations never takes the tests beneath it."""
    written(tmp_path, LEAD, "nobody")
    assert [file.name for file in config_files(tmp_path)] == ["dialgate.yaml"]


@pytest.mark.parametrize("path", files("config/tests/*.yaml"), ids=lambda path: path.stem)
def test_shipped_tests_are_valid_for_editors(path: Path) -> None:
    """What must hold: what the reader takes, the schema takes; and the schema is one."""
    Draft202012Validator.check_schema(cases_schema())
    read_cases(path)
    data = yaml.load(path.read_text(), Loader=yaml.BaseLoader)
    assert not [error.message for error in Draft202012Validator(cases_schema()).iter_errors(data) if not error.path]


def test_shipped_rules_are_all_covered(dialgate: Dialgate, monkeypatch: pytest.MonkeyPatch) -> None:
    """What must hold: the tests that are shipped pass, and hold every rule that is shipped."""
    for line in (ROOT / "config/env.example").read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            monkeypatch.setenv(name, value)
    answer = dialgate("test", str(ROOT / "config/tests"), "--cover", "100")
    assert answer.code == 0, answer.out
