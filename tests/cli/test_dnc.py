"""dnc, on a running `up`."""

from pathlib import Path

from upstairs import Dialgate


def test_the_list_from_the_command_line(at_up: Dialgate, tmp_path: Path) -> None:
    """What must hold: add, check, remove, import and export say what they did; bad lines are named."""
    assert at_up("dnc", "add", "+14155550188", "--note", "by letter").out.strip() == "added"
    assert "LISTED" in at_up("dnc", "check", "+14155550188").out
    file = tmp_path / "list.csv"
    file.write_text("phone,email,contactId\n(415) 555-0189,ada@example.com,\nnobody,,\n,,ct_9\n" + "\n" * 40_000)
    answer = at_up("dnc", "import", str(file), "--region", "US")
    assert (answer.code, "3 added" in answer.out, "line 3: phone" in answer.err) == (1, True, True)
    exported = at_up("dnc", "export").out
    for value in ("+14155550188", "+14155550189", "ada@example.com", "ct_9", "by letter"):
        assert value in exported
    assert at_up("dnc", "remove", "ct_9").out.strip() == "removed"
    assert at_up("dnc", "check", "ct_9").code == 1
