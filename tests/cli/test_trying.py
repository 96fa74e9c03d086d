"""try explains everything and changes nothing."""

from pathlib import Path

import pytest
from upstairs import Dialgate

CONFIG = """
accounts: {main: {}}
numbers: {east: {id: pn_east, account: main}}
sources:
  crm: {provider: generic, secrets: [a-long-enough-secret], authentication: [{bearer: true}]}
rules:
  - name: leads
    when: {field: payload.kind, equals: lead}
    call: {from: east, contact: {phone: payload.phone, region: US}, campaign: cmp_1}
    hours: {window: "09:00-20:00", days: mon-sat}
"""
MONDAY_NOON, SUNDAY = "2026-11-23T17:00:00Z", "2026-11-22T17:00:00Z"
LEAD = '{"kind": "lead", "phone": "(212) 200-0001"}'


@pytest.fixture(autouse=True)
def _configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dialgate.yaml").write_text(CONFIG)
    monkeypatch.setenv("DIALGATE_CONFIG", str(tmp_path / "dialgate.yaml"))


@pytest.mark.parametrize(
    ("body", "at", "code", "said"),
    [
        (LEAD, MONDAY_NOON, 0, "would ring now"),
        (LEAD, SUNDAY, 0, "would wait until 2026-11-23T14:00:00+00:00"),
        ('{"kind": "news"}', MONDAY_NOON, 1, "No rule's condition held"),
        ('{"kind": "lead", "phone": "911"}', MONDAY_NOON, 1, "would be skipped"),
        ('{"kind": "lead"}', MONDAY_NOON, 1, "leads"),
        ("{", MONDAY_NOON, 1, "cannot be read"),
    ],
)
def test_the_answer_says_why(dialgate: Dialgate, tmp_path: Path, body: str, at: str, code: int, said: str) -> None:
    """Exit 0 when a phone would ring, now or later; 1 when none would."""
    (tmp_path / "body.json").write_text(body)
    answer = dialgate("try", "crm", "body.json", "--at", at)
    assert (answer.code, said in answer.out) == (code, True), answer


def test_json_has_the_call_and_every_verdict(dialgate: Dialgate, tmp_path: Path) -> None:
    """With stable names, for programs."""
    (tmp_path / "body.json").write_text(LEAD)
    tried = dialgate("try", "crm", "body.json", "--at", MONDAY_NOON, "--json").json
    (call,) = tried["events"][0]["calls"]
    assert (tried["would_ring"], call["rings_now"]) == (True, True)
    assert (call["fromNumberId"], call["campaignId"], call["contact"]) == (
        "pn_east",
        "cmp_1",
        {"phone": "+12122000001"},
    )
    assert {guard["guard"] for guard in call["guards"]} >= {"hours", "destination"}


def test_the_numbers_and_hours_that_bind_are_told(dialgate: Dialgate, tmp_path: Path) -> None:
    """Which number is taken, which stand in for it, and whose hours closed it."""
    two = "{east: {id: pn_east, account: main, hours: {window: '10:00-11:00'}}, west: {id: pn_west, account: main}}"
    text = CONFIG.replace("{east: {id: pn_east, account: main}}", two)
    text = text.replace("from: east", "from: {by: area_code, of: [west], otherwise: east}").replace(
        "id: pn_west,", "id: pn_west, area_codes: [415],"
    )
    (tmp_path / "dialgate.yaml").write_text(text)
    (tmp_path / "body.json").write_text(LEAD)
    tried = dialgate("try", "crm", "body.json", "--at", MONDAY_NOON, "--json").json
    (call,) = tried["events"][0]["calls"]
    assert (call["number"], call["elseFrom"], call["rings_now"]) == ("east", ["west"], False)
    hours = next(guard for guard in call["guards"] if guard["guard"] == "hours")
    assert hours["facts"]["closed_by"] == "number east: 10:00-11:00 all"
    assert "else from" in dialgate("try", "crm", "body.json", "--at", MONDAY_NOON).out


def test_without_a_file_a_sample_is_tried(dialgate: Dialgate) -> None:
    """The provider's own example, made fresh."""
    assert "event 1 of 1" in dialgate("try", "crm").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["try", "nobody"], "has no source 'nobody'; it has: crm"),
        (["try", "crm", "gone.json"], "gone.json cannot be read"),
        (["try", "crm", "--at", "noon"], "is not a date and time"),
        (["try", "crm", "--named", "x"], "has no sample 'x'"),
        (["try", "crm", "lead.json", "--sample"], "a file or --sample, not both"),
        (["send", "crm", "lead.json", "--sample"], "a file or --sample, not both"),
        (["send", "crm", "--same"], "nothing was sent to this source"),
        (["rings"], "no sandbox is known"),
        (["calls"], "no API key"),
    ],
)
def test_what_is_missing_is_named(dialgate: Dialgate, words: list[str], said: str) -> None:
    """Exit 2 and one clear line."""
    answer = dialgate(*words)
    assert (answer.code, said in answer.err, answer.err.count("\n")) == (2, True, 1), answer


def test_without_a_running_dialgate_the_list_is_said_not_to_be_asked(dialgate: Dialgate, tmp_path: Path) -> None:
    """Nobody reads "would ring now" as "is not on the list"."""
    (tmp_path / "lead.json").write_text(LEAD)
    answer = dialgate("try", "crm", str(tmp_path / "lead.json"), "--at", MONDAY_NOON)
    assert answer.code == 0
    assert "do_not_call: not asked, no running Dialgate is known here" in answer.out
