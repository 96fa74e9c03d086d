"""What the sandbox remembers, and that it survives a restart, a crash in mid-line and old age."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from workers.sandbox import records as module
from workers.sandbox.records import FILE, Records

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
CALL = {"fromNumberId": "pn", "contactId": "ct_1"}


def test_rings_and_contacts_survive_a_restart(tmp_path: Path) -> None:
    """A second sandbox on the same folder knows what the first saw."""
    first = Records(tmp_path)
    first.ring(CALL, at=NOW)
    contact, created = first.upsert("org", {"phone": "+14155550100"})
    first.upsert("org", {"phone": "+14155550100", "firstName": "Ada"})
    second = Records(tmp_path)
    assert created
    assert second.rings() == first.rings()
    assert second.contact(contact["id"]) == {**contact, "firstName": "Ada"}
    assert second.last_number == 1


def test_a_line_cut_short_is_left_out(tmp_path: Path) -> None:
    """A crash in the middle of a write loses that line and nothing else; later rings are kept."""
    Records(tmp_path).ring(CALL, at=NOW)
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'{"ring": {"at"\n{"else": 1}\n[]\n{"ri')
    again = Records(tmp_path)
    again.ring(CALL, at=NOW)
    assert len(Records(tmp_path).rings()) == 2


def test_forgotten_rings_stay_forgotten(tmp_path: Path) -> None:
    """Deleted from the file as well; contacts stay; numbers are not used again."""
    first = Records(tmp_path)
    first.ring(CALL, at=NOW)
    first.upsert("org", {"phone": "+14155550100"})
    first.forget_rings()
    assert first.rings() == []
    assert first.ring(CALL, at=NOW).number == 2
    second = Records(tmp_path)
    assert len(second.rings()) == 1
    assert len(second.contacts()) == 1


def test_forgotten_contacts_stay_forgotten(tmp_path: Path) -> None:
    """Deleted from the file as well; rings stay."""
    first = Records(tmp_path)
    first.ring(CALL, at=NOW)
    first.upsert("org", {"phone": "+14155550100"})
    first.forget_contacts()
    second = Records(tmp_path)
    assert second.contacts() == []
    assert len(second.rings()) == 1


def test_only_the_latest_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither memory nor the file grows without end."""
    monkeypatch.setattr(module, "KEPT", 3)
    first = Records(tmp_path)
    for number in range(5):
        first.ring({**CALL, "contactId": f"ct_{number}"}, at=NOW)
        first.upsert("org", {"phone": f"+1415555010{number}"})
    second = Records(tmp_path)
    for kept in (first, second):
        assert [ring.contact_id for ring in kept.rings()] == ["ct_2", "ct_3", "ct_4"]
        assert len(kept.contacts()) == 3
    assert len((tmp_path / FILE).read_bytes().splitlines()) == 6


def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory only."""
    monkeypatch.chdir(tmp_path)
    memory = Records()
    memory.ring(CALL, at=NOW)
    memory.forget_rings()
    assert list(tmp_path.iterdir()) == []


def test_news_are_the_latest_after_a_number() -> None:
    """At most so many, oldest first."""
    memory = Records()
    for _ in range(5):
        memory.ring(CALL, at=NOW)
    assert [ring.number for ring in memory.rings_after(1, at_most=3)] == [3, 4, 5]
    assert [ring.number for ring in memory.rings_after(4, at_most=3)] == [5]
    assert memory.oldest_number == 1
