"""What a worker wrote down outlives it, is one process's at a time, and names no person."""

import errno
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tree import ROOT

from gateway.errors import ConfigInvalid
from gateway.failpoints import Reached
from gateway.journal import Ending
from gateway.ledger.marks import Mark
from gateway.ledger.records import Hold
from gateway.model import Outcome, Placed, Refused, Uncertain, Unsent
from gateway.reasons import Reason
from gateway.settings import read_settings
from workers.journal import disk
from workers.journal.disk import DiskJournal, other_journals, own_journal, take_journal
from workers.journal.entries import EntryUnreadable, ending_bytes, read_ending, read_grant

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLACED = Placed(status=200, provider_call_id="pc_1", response='{"to":"+14155550100"}')


def hold(number: int = 1) -> Hold:
    """The hold of some call."""
    return Hold(call_id=f"call_{number}", owner="host:12:ab", fence=number)


def ending(number: int = 1, outcome: Outcome = PLACED, retry_at: datetime | None = None) -> Ending:
    """The ending of some call."""
    return Ending(hold=hold(number), outcome=outcome, retry_at=retry_at)


def test_an_ending_is_left_whatever_breaks_once_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also before anybody has it in hand: the process that goes on replays it, not only one that starts again."""

    def break_after(step: str, moment: str) -> None:
        if (step, moment) == ("note", "after"):
            raise Reached("broken")

    monkeypatch.setattr(disk, "reach", break_after)
    journal = DiskJournal(tmp_path / "0")
    with pytest.raises(Reached), journal.noted(ending()):
        pytest.fail("nothing comes after it")
    assert [note.ending for note in journal.left] == [ending()]
    journal.close()


def left(folder: Path) -> list[str]:
    """The calls whose endings a process that starts now finds."""
    journal = DiskJournal(folder)
    journal.close()
    return [note.ending.hold.call_id for note in journal.left]


@pytest.mark.parametrize(
    "outcome",
    [
        Placed(status=200, provider_call_id=None, response=""),
        Refused(reason=Reason.REFUSED, status=404, detail="kept on the worker's disk"),
        Unsent(reason=Reason.RATE_LIMITED, status=429, detail="kept on the worker's disk"),
        Unsent(reason=Reason.ACCOUNT_STOPPED, status=402, detail="kept on the worker's disk", stops_account=True),
        Uncertain(cause=Reason.RESPONSE_TIMEOUT, status=None, detail="kept on the worker's disk"),
    ],
)
def test_every_ending_comes_back(outcome: Outcome) -> None:
    """Its kind, reason, status and time; the hold it was made under."""
    whole = ending(3, outcome, NOW + timedelta(seconds=5))
    assert read_ending(ending_bytes(whole)) == whole


def test_no_text_of_the_call_api_reaches_the_disk() -> None:
    """It may name a person: an answer, a detail."""
    refused = Refused(reason=Reason.REFUSED, status=400, detail="bad number +14155550100")
    for one in (PLACED, refused):
        assert b"4155550100" not in ending_bytes(ending(outcome=one))


@pytest.mark.parametrize("content", [b"", b"no json", b"[]", b"{}", b'{"call":"c","owner":"o","fence":"x"}'])
def test_a_record_nobody_understands_is_no_crash(content: bytes) -> None:
    """It is told, and what stands beside it is read."""
    with pytest.raises(EntryUnreadable):
        read_ending(content)
    with pytest.raises(EntryUnreadable):
        read_grant(content)


def test_what_is_not_settled_is_left(tmp_path: Path) -> None:
    """In this process once nobody writes it any more, and in the next."""
    journal = DiskJournal(tmp_path / "0")
    with journal.noted(ending(1)) as first:
        assert journal.left == ()
        first.settle()
    with journal.noted(ending(2)):
        pass
    assert [note.ending.hold.call_id for note in journal.left] == ["call_2"]
    journal.close()
    assert left(tmp_path / "0") == ["call_2"]


def test_a_crash_in_the_middle_leaves_it(tmp_path: Path) -> None:
    """An ending is on the disk before anything else is tried, whatever then kills the process."""
    code = (
        "import os, sys; from pathlib import Path; sys.path[:0] = ['tests', 'tests/workers/journal'];"
        "from test_disk_journal import DiskJournal, ending\n"
        "with DiskJournal(Path(sys.argv[1])).noted(ending(7)): os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path / "0")], cwd=ROOT, check=False)
    assert killed.returncode == -9
    assert left(tmp_path / "0") == ["call_7"]


def test_two_processes_never_share_one(tmp_path: Path) -> None:
    """Each takes the first that is free; those of workers that are gone are seen by the others, one at a time."""
    first, second = take_journal(tmp_path), take_journal(tmp_path)
    assert (first.folder.name, second.folder.name) == ("0", "1")
    assert first.mark.worker != second.mark.worker
    assert list(other_journals(first)) == []
    second.close()
    assert [other.folder.name for other in other_journals(first)] == ["1"]
    assert take_journal(tmp_path).folder.name == "1"
    assert stat.S_IMODE(first.folder.stat().st_mode) == 0o700


def test_the_mark_and_the_grants_outlive_the_process(tmp_path: Path) -> None:
    """The same name, the furthest counts, and every grant beyond what the ledger knows."""
    journal = DiskJournal(tmp_path / "0")
    name = journal.mark.worker
    for number in range(1, 6):
        assert journal.granted(hold(number), Mark(worker=name, own=number, total=number * 2), NOW)
    journal.seen(50)
    assert journal.mark == Mark(worker=name, own=5, total=50)
    journal.close()
    again = DiskJournal(tmp_path / "0")
    assert again.mark == Mark(worker=name, own=5, total=50)
    assert [note.hold for note in again.forgotten(3)] == [hold(4), hold(5)]


def test_neighbours_share_how_far_the_ledger_had_come(tmp_path: Path) -> None:
    """A worker that was granted nothing knows what the one beside it saw, at once."""
    first, second = take_journal(tmp_path), take_journal(tmp_path)
    first.granted(hold(), Mark(worker=first.mark.worker, own=1, total=7), NOW)
    assert (second.mark.own, second.mark.total) == (0, 7)
    first.close()
    second.close()
    assert take_journal(tmp_path).mark.total == 7


def test_full_files_keep_what_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of settled endings and old grants make room for new ones; open endings and the name stay."""
    monkeypatch.setattr(disk, "_ENDINGS_ROOM", 8192)
    monkeypatch.setattr(disk, "_GRANTS_ROOM", 8192)
    monkeypatch.setattr(disk, "_GRANTS_KEPT", 10)
    journal = DiskJournal(tmp_path / "0")
    with journal.noted(ending(1)):
        for number in range(2, 400):
            with journal.noted(ending(number)) as note:
                note.settle()
            assert journal.granted(hold(number), Mark(worker=journal.mark.worker, own=number, total=number), NOW)
    assert journal.fault == ""
    name = journal.mark.worker
    journal.close()
    again = DiskJournal(tmp_path / "0")
    assert [note.ending.hold.call_id for note in again.left] == ["call_1"]
    assert again.mark == Mark(worker=name, own=399, total=399)
    assert len(again.forgotten(0)) >= 10


def test_a_disk_that_fails_is_said_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No grant is used, an ending waits in memory, `fault` says why; once it works both are on the disk."""
    journal = DiskJournal(tmp_path / "0")

    def refuse(*_: object) -> int:
        raise OSError(errno.EROFS, "read-only file system")

    with monkeypatch.context() as broken:
        broken.setattr(os, "pwrite", refuse)
        assert not journal.granted(hold(), Mark(worker=journal.mark.worker, own=1, total=1), NOW)
        with journal.noted(ending(2)):
            pass
        assert "read-only" in journal.check()
    assert len(journal.left) == 1
    assert journal.check() == ""
    journal.close()
    assert left(tmp_path / "0") == ["call_2"]


def test_without_a_disk_nothing_starts(tmp_path: Path) -> None:
    """A worker that could not write down what rang says so, and where, before it rings anybody."""
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ConfigInvalid, match="journal"),
        own_journal(read_settings({"DIALGATE_JOURNAL_DIR": str(tmp_path / "file")})),
    ):
        pass


def test_it_lives_in_the_data_folder_unless_told_otherwise(tmp_path: Path) -> None:
    """`up` and systemd have a folder that survives; a container names its volume."""
    with own_journal(read_settings({"DIALGATE_DATA_DIR": str(tmp_path)})) as journal:
        assert journal.folder == tmp_path / "journal" / "0"
    with own_journal(read_settings({"DIALGATE_JOURNAL_DIR": str(tmp_path / "kept")})) as journal:
        assert journal.folder == tmp_path / "kept" / "0"
