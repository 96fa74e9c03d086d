"""A file of small records: each framed by length and checksum, so that what a crash tore is seen and left out.

The room is taken when the file is made: a disk that fills up later cannot keep a record from being written. A frame
is 4 bytes of length, 4 of CRC-32 over what follows, one byte that says whether it is settled, and the record; a
length of zero is the end.
"""

import os
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from gateway.model import record

_HEAD = struct.Struct(">IIB")
_OPEN, _SETTLED = 0, 1
LONGEST = 4096


@record
class Frame:
    """One record and where it stands."""

    place: int
    content: bytes


class FrameFile:
    """`FrameFile(path, room=bytes)` opens or makes the file, for this user alone. Raises OSError.

    `found` are the records that were there and not settled, in order; `torn` says that something behind them could
    not be read. A record is safe from the end of this process once `append` returned, from a power loss after `sync`.
    """

    def __init__(self, path: Path, *, room: int) -> None:
        self._path = path
        self._room = room
        self._file = _opened(path, room)
        self.torn = False
        self._dirty = False
        self._end = 0
        self.found = tuple(frame for frame, settled in self._frames() if not settled)
        os.fsync(self._file)
        _sync_folder(path.parent)

    def append(self, content: bytes) -> Frame | None:
        """The record in its place; None when there is no room left."""
        if not 0 < len(content) <= LONGEST:
            raise ValueError(f"a record of {len(content)} bytes")
        end = self._end + _HEAD.size + len(content)
        if end + _HEAD.size > self._room:
            return None
        os.pwrite(self._file, _framed(content) + bytes(_HEAD.size), self._end)
        frame = Frame(place=self._end, content=content)
        self._end, self._dirty = end, True
        return frame

    def settle(self, frame: Frame) -> None:
        """It is not to be found again."""
        os.pwrite(self._file, bytes([_SETTLED]), frame.place + _HEAD.size - 1)

    def replace(self, contents: Sequence[bytes]) -> tuple[Frame, ...]:
        """Only these are left, and on the disk: the file as a whole, in one step, made beside it first."""
        draft = self._path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        frames, place, whole = list[Frame](), 0, bytearray()
        for content in contents:
            frames.append(Frame(place=place, content=content))
            whole += _framed(content)
            place = len(whole)
        if place + _HEAD.size > self._room:
            raise OSError(f"{place} bytes are more than the journal's room of {self._room}")
        file = _opened(draft, self._room)
        try:
            os.pwrite(file, whole, 0)
            os.fsync(file)
            draft.replace(self._path)
            _sync_folder(self._path.parent)
        except OSError:
            os.close(file)
            raise
        os.close(self._file)
        self._file, self._end, self._dirty = file, place, False
        return tuple(frames)

    def contents(self) -> tuple[bytes, ...]:
        """Every record, settled or not, in order."""
        return tuple(frame.content for frame, _ in self._frames())

    def syncing(self) -> Callable[[], None] | None:
        """What puts everything appended so far on the disk itself, for a thread to do; None when it is there."""
        if not self._dirty:
            return None
        self._dirty = False
        file = os.dup(self._file)  # here, in the caller's thread: `replace` may close ours meanwhile

        def flush() -> None:
            try:
                os.fsync(file)
            except OSError:
                self._dirty = True
                raise
            finally:
                os.close(file)

        return flush

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _frames(self) -> Iterator[tuple[Frame, bool]]:
        """Every whole record and whether it is settled; then the place of the next is known."""
        whole, place = os.pread(self._file, self._room, 0), 0
        while place + _HEAD.size <= len(whole):
            length, checksum, settled = _HEAD.unpack_from(whole, place)
            content = whole[place + _HEAD.size : place + _HEAD.size + length]
            if not length or length > LONGEST or len(content) < length or zlib.crc32(content) != checksum:
                self.torn = bool(length)
                break
            yield Frame(place=place, content=content), settled == _SETTLED
            place += _HEAD.size + length
        self._end = place


def _framed(content: bytes) -> bytes:
    return _HEAD.pack(len(content), zlib.crc32(content), _OPEN) + content


def _opened(path: Path, room: int) -> int:
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(file, 0, room)
    except OSError:
        os.close(file)
        raise
    return file


def _sync_folder(folder: Path) -> None:
    """A file's name is on the disk only when its folder is."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
