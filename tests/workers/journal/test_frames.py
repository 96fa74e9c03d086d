"""A record is there whole or not at all, whatever a crash left of the file."""

import errno
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.journal.frames import LONGEST, FrameFile

ROOM = 16 * 1024
RECORDS = st.lists(st.binary(min_size=1, max_size=60), max_size=12)


def found(path: Path) -> list[bytes]:
    """What a process that starts now finds unsettled."""
    file = FrameFile(path, room=ROOM)
    file.close()
    return [frame.content for frame in file.found]


def test_what_was_appended_is_found_until_it_is_settled(tmp_path: Path) -> None:
    """In order, also through a second opening; the settled ones stay only in the contents."""
    file = FrameFile(tmp_path / "f", room=ROOM)
    frames = [file.append(word) for word in (b"one", b"two", b"three")]
    assert frames[1] is not None
    file.settle(frames[1])
    file.close()
    assert found(tmp_path / "f") == [b"one", b"three"]
    assert FrameFile(tmp_path / "f", room=ROOM).contents() == (b"one", b"two", b"three")


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    """The file is its user's alone, and takes its room at once."""
    FrameFile(tmp_path / "f", room=ROOM).close()
    about = (tmp_path / "f").stat()
    assert stat.S_IMODE(about.st_mode) == 0o600
    assert about.st_blocks * 512 >= ROOM


@given(records=RECORDS.filter(bool), cut=st.integers(0, 200), junk=st.binary(max_size=8))
@settings(max_examples=150, deadline=None)
def test_a_torn_end_costs_only_itself(
    tmp_path_factory: pytest.TempPathFactory, records: list[bytes], cut: int, junk: bytes
) -> None:
    """Bytes lost or scrambled at the end: what stands before them is found, and new records come after it."""
    path = tmp_path_factory.mktemp("torn") / "f"
    file = FrameFile(path, room=ROOM)
    frames = [frame for record in records if (frame := file.append(record)) is not None]
    file.close()
    last = frames[-1].place
    broken = os.open(path, os.O_RDWR)
    os.pwrite(broken, bytes(len(records[-1]) + 9 - min(cut, 8)) + junk, last + min(cut, 8))
    os.close(broken)
    assert found(path)[: len(records) - 1] == records[:-1]
    again = FrameFile(path, room=ROOM)
    again.append(b"after the crash")
    again.close()
    assert found(path)[-1] == b"after the crash"


@given(whole=st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_bytes_open(tmp_path_factory: pytest.TempPathFactory, whole: bytes) -> None:
    """A file full of anything is no crash: it holds what checks out, and takes the next record."""
    path = tmp_path_factory.mktemp("any") / "f"
    path.write_bytes(whole)
    before = found(path)
    file = FrameFile(path, room=ROOM)
    file.append(b"next")
    file.close()
    assert found(path) == [*before, b"next"]


def test_a_full_file_says_so_and_can_be_shortened(tmp_path: Path) -> None:
    """No room is no error; replacing leaves what was asked for and makes room."""
    file = FrameFile(tmp_path / "f", room=ROOM)
    frames = []
    while (frame := file.append(bytes([7]) * 500)) is not None:
        frames.append(frame)
    assert len(frames) == 32
    kept = file.replace([b"only this"])
    assert [frame.content for frame in kept] == [b"only this"]
    assert file.append(b"and this") is not None
    file.settle(kept[0])
    file.close()
    assert found(tmp_path / "f") == [b"and this"]


def test_syncing_is_asked_for_once(tmp_path: Path) -> None:
    """Nothing to do twice; a sync that failed is to be done again."""
    file = FrameFile(tmp_path / "f", room=ROOM)
    assert file.syncing() is None
    file.append(b"x")
    flush = file.syncing()
    assert flush is not None
    flush()
    assert file.syncing() is None
    file.close()


def test_a_failed_sync_is_still_to_be_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that refused is asked again."""
    file = FrameFile(tmp_path / "f", room=ROOM)
    file.append(b"x")

    def refuse(_: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", refuse)
        flush = file.syncing()
        assert flush is not None
        with pytest.raises(OSError, match="input/output"):
            flush()
    assert file.syncing() is not None
    file.close()


@pytest.mark.parametrize("size", [0, LONGEST + 1])
def test_a_record_has_a_sensible_size(tmp_path: Path, size: int) -> None:
    """An empty one would be the end of the file."""
    file = FrameFile(tmp_path / "f", room=ROOM)
    with pytest.raises(ValueError, match="bytes"):
        file.append(bytes(size))
    file.close()
