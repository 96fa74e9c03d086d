"""try beside a running Dialgate: its do-not-call list is asked, and nothing is written."""

import json
from pathlib import Path
from typing import Any

import pytest
from upstairs import SHIPPED, Dialgate


def tried(at_up: Dialgate, folder: Path, phone: str, *words: str) -> tuple[int, dict[str, Any]]:
    """Try a lead with this phone; the exit code and the one call."""
    data = {"interest": "demo", "firstName": "Ana", "phone": phone}
    (folder / "lead.json").write_text(json.dumps({"type": "lead.created", "data": data}))
    answer = at_up("try", "demo", "lead.json", "--json", *words)
    (call,) = answer.json["events"][0]["calls"]
    return answer.code, call


def listed(call: dict[str, Any]) -> dict[str, Any]:
    """What the do-not-call list said of a call."""
    (said,) = [guard for guard in call["guards"] if guard["guard"] == "do_not_call"]
    return said


def test_who_is_listed_would_not_ring(at_up: Dialgate, tmp_path: Path) -> None:
    """What must hold: on the list, exit 1 with the reason; off it again, exit 0; trying lists nobody."""
    at_up("dnc", "add", "+14155550171")
    code, call = tried(at_up, tmp_path, "+14155550171")
    assert (code, call["would_ring"], call["not_asked"]) == (1, False, [])
    assert (listed(call)["reason"], listed(call)["facts"]) == ("do_not_call", {"by": "phone"})
    at_up("dnc", "remove", "+14155550171")
    code, call = tried(at_up, tmp_path, "+14155550171")
    assert (code, call["would_ring"], listed(call)["facts"]) == (0, True, {"list": "not on it"})
    assert at_up("dnc", "check", "+14155550171").code == 1


def test_json_says_what_was_not_asked(at_up: Dialgate, tmp_path: Path) -> None:
    """What must hold: each check and registry that a dial looks at, and a try does not, is named."""
    checks = "checks: {crm: {url: 'https://dnc.example.com/?phone={phone}', answer: {path: listed}}}"
    more = f"do_not_call: {{{checks}, lists: {{national: {{}}}}}}\n"
    (tmp_path / "dialgate.yaml").write_text(SHIPPED.read_text() + more)
    code, call = tried(at_up, tmp_path, "+14155550172", "--config", "dialgate.yaml")
    assert (code, call["not_asked"]) == (
        0,
        [
            "external_check crm: not asked, only a dial asks",
            "scrub of national: not looked at, see `dialgate dnc status`",
        ],
    )


def test_a_list_that_gives_no_answer_is_said_not_to_be_asked(
    at_up: Dialgate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What must hold: a refused key is told, and is no "not on the list"."""
    monkeypatch.setenv("DIALGATE_API_KEY", "a-key-that-nobody-gave-out")
    _, call = tried(at_up, tmp_path, "+14155550173")
    (said,) = call["not_asked"]
    assert said.startswith("do_not_call: not asked, ")
    assert "do_not_call" not in {guard["guard"] for guard in call["guards"]}
