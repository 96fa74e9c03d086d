"""check and schema tell everything at once."""

import json
from pathlib import Path

import pytest
from upstairs import Dialgate

GOOD = """
accounts: {main: {token: "${TOKEN:-}"}}
numbers: {east: {id: pn_east, account: main}}
sources:
  crm: {provider: generic, secrets: [a-long-enough-secret], authentication: [{bearer: true}]}
  idle: {provider: generic, secrets: [another-long-secret], authentication: [{bearer: true}]}
rules:
  - name: leads
    sources: [crm]
    call: {from: east, contact: {id: payload.id}}
"""
BAD = (
    GOOD.replace("account: main", "account: mian").replace("from: east", "from: eats").replace("${TOKEN:-}", "${GONE}")
)


def test_a_good_configuration_is_summarised(dialgate: Dialgate, tmp_path: Path) -> None:
    """Exit 0, what there is, and notes on stderr about what will surprise."""
    (tmp_path / "good.yaml").write_text(GOOD)
    answer = dialgate("check", "--config", "good.yaml")
    assert answer.code == 0
    assert "2 sources: crm, idle" in answer.out
    assert "1 rules: leads" in answer.out
    assert "account main" in answer.err
    assert "no rule is for it: source idle" in answer.err


def test_all_problems_are_told_at_once(dialgate: Dialgate, tmp_path: Path) -> None:
    """Exit 2 and a file:line:column for each."""
    (tmp_path / "bad.yaml").write_text(BAD)
    answer = dialgate("check", "--config", "bad.yaml")
    assert answer.code == 2
    assert answer.out == ""
    places = [line for line in answer.err.splitlines() if line.startswith("bad.yaml:")]
    assert len(places) >= 3
    assert all(part.isdigit() for line in places for part in line.split(":")[1:3])


@pytest.mark.parametrize("words", [["check"], ["try", "demo"], ["send", "demo"]])
def test_no_configuration_is_said_in_one_line(dialgate: Dialgate, words: list[str]) -> None:
    """In an empty folder: exit 2, and how to name one."""
    answer = dialgate(*words)
    assert answer.code == 2
    assert answer.err == (
        "there is no configuration at config/dialgate.yaml: name one with --config or DIALGATE_CONFIG\n"
    )


def test_a_wrong_setting_is_named(dialgate: Dialgate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 2, by the variable's name."""
    monkeypatch.setenv("DIALGATE_PORT", "eighty")
    answer = dialgate("check")
    assert answer.code == 2
    assert "DIALGATE_PORT" in answer.err


def test_the_schema_is_json(dialgate: Dialgate, tmp_path: Path) -> None:
    """On stdout, or in a file; both the same."""
    printed = dialgate("schema").json
    assert dialgate("schema", "--out", "s.json").code == 0
    assert json.loads((tmp_path / "s.json").read_text()) == printed
