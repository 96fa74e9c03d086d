"""One worker's journal: its endings and its grants, in a folder that no other process uses meanwhile."""

import asyncio
import fcntl
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import structlog

from gateway.errors import ConfigInvalid, Problem
from gateway.failpoints import reach
from gateway.journal import Ending
from gateway.ledger.marks import Mark
from gateway.ledger.records import Hold
from gateway.ledger.rollbacks import GrantNote
from gateway.settings import Settings
from workers.journal.entries import EntryUnreadable, ending_bytes, grant_bytes, read_ending, read_grant
from workers.journal.frames import Frame, FrameFile
from workers.journal.total import SharedTotal

log = structlog.get_logger("dialgate.journal")

_ENDINGS_ROOM = 1024 * 1024  # about six thousand, settled ones among them; a worker has a thousand open at most
_GRANTS_ROOM = 4 * 1024 * 1024
_GRANTS_KEPT = 10_000  # of those a full file had: the latest
_FOLDERS = 1000
T = TypeVar("T")


class DiskNote:
    """An ending in the file, or, when that failed, only in memory."""

    def __init__(self, journal: "DiskJournal", ending: Ending, frame: Frame | None) -> None:
        self.ending = ending
        self.frame = frame
        self.left = False  # nobody writes it to the ledger now
        self._journal = journal

    async def secure(self) -> None:
        """On the disk itself when this returns."""
        await self._journal.sync()

    def settle(self) -> None:
        """The ledger has it."""
        self._journal.settle(self)


class DiskJournal:
    """The journal in `folder`, locked until `close`. Raises BlockingIOError when another process has it, or OSError.

    Everything but `forgotten` is for one thread. A disk that fails is logged once and stands in `fault`.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        self.fault = ""
        self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._endings = FrameFile(folder / "endings", room=_ENDINGS_ROOM)
            self._grants = FrameFile(folder / "grants", room=_GRANTS_ROOM)
            self._shared = SharedTotal(folder.parent / "total")
            self._mark = self._remembered()
        except OSError:
            os.close(self._lock)
            raise
        self._open: dict[int, DiskNote] = {}
        for frame in self._endings.found:
            self._read(frame)
        if self._endings.torn or self._grants.torn:
            log.error("journal.torn", folder=str(folder), detail="what was being written in a crash is left out")

    @property
    def mark(self) -> Mark:
        """How far the ledger is known to have come, by any worker of this machine."""
        self.seen(self._shared.number)
        return self._mark

    def seen(self, total: int) -> None:
        """The ledger was seen to have let out so many requests in all."""
        if total > self._mark.total:
            self._mark = Mark(worker=self._mark.worker, own=self._mark.own, total=total)
            self._shared.raise_to(total)

    def granted(self, hold: Hold, mark: Mark, at: datetime) -> bool:
        """Written down before the request goes out; False when that failed."""
        self._mark = self._mark.joined(mark)
        self._shared.raise_to(self._mark.total)
        note = grant_bytes(GrantNote(number=mark.own, hold=hold, at=at), self._mark.total)
        return self._safely(lambda: self._grants.append(note) or self._shorten_grants(note)) is not None

    def forgotten(self, known: int) -> tuple[GrantNote, ...]:
        """The grants of this journal beyond the first `known`, as far back as it reaches."""
        notes = (note for note, _ in self._grant_notes(self._grants.contents()))
        return tuple(note for note in notes if note.number > known)

    @contextmanager
    def noted(self, ending: Ending) -> Iterator[DiskNote]:
        """Write an ending down; unsettled in the end, it is among those `left`."""
        reach("note", "before")
        content = ending_bytes(ending)
        note = DiskNote(self, ending, self._safely(lambda: self._endings.append(content) or self._shorten(content)))
        self._open[id(note)] = note
        try:
            reach("note", "after")
            yield note
        finally:
            note.left = True

    @property
    def left(self) -> tuple[DiskNote, ...]:
        """Endings that the ledger does not have and nobody else is writing to it, the oldest first."""
        return tuple(note for note in self._open.values() if note.left)

    def settle(self, note: DiskNote) -> None:
        """The ledger has it: not to be found again."""
        if self._open.pop(id(note), None) is not None and note.frame is not None:
            frame = note.frame
            self._safely(lambda: self._endings.settle(frame))

    async def sync(self) -> None:
        """Everything written so far is on the disk itself."""
        for file in (self._endings, self._grants):
            flush = file.syncing()
            if flush is not None:
                try:
                    await asyncio.to_thread(flush)
                except OSError as error:
                    self._failed(error)

    def check(self) -> str:
        """Try the disk again if it failed; the fault that is left."""
        if self.fault and self._safely(self._rewrite) is not None:
            log.warning("journal.works_again", folder=str(self.folder))
            self.fault = ""
        return self.fault

    def close(self) -> None:
        """Let another process have it."""
        self._endings.close()
        self._grants.close()
        self._shared.close()
        os.close(self._lock)

    def _remembered(self) -> Mark:
        """The mark that the grants lead to; a journal without a name is given one."""
        contents = self._grants.contents()
        if not contents:
            contents = (secrets.token_hex(8).encode(),)
            self._grants.replace(contents)
        own = total = 0
        for note, seen in self._grant_notes(contents):
            own, total = max(own, note.number), max(total, seen)
        return Mark(worker=contents[0].decode(), own=own, total=total)

    def _grant_notes(self, contents: Sequence[bytes]) -> Iterator[tuple[GrantNote, int]]:
        for content in contents[1:]:
            try:
                yield read_grant(content)
            except EntryUnreadable as error:
                log.error("journal.unreadable", folder=str(self.folder), error=str(error))  # noqa: TRY400 - no trace: content

    def _read(self, frame: Frame) -> None:
        try:
            note = DiskNote(self, read_ending(frame.content), frame)
        except EntryUnreadable as error:
            log.error("journal.unreadable", folder=str(self.folder), error=str(error))  # noqa: TRY400 - no trace: content
            return
        note.left = True
        self._open[id(note)] = note

    def _shorten(self, content: bytes) -> Frame:
        """The file is full, mostly of settled endings: keep the open ones and this."""
        kept = [note for note in self._open.values() if note.frame is not None]
        frames = self._endings.replace([note.frame.content for note in kept if note.frame is not None])
        for note, frame in zip(kept, frames, strict=True):
            note.frame = frame
        return _made(self._endings.append(content))

    def _shorten_grants(self, content: bytes) -> Frame:
        name, *notes = self._grants.contents()
        self._grants.replace([name, *notes[-_GRANTS_KEPT:]])
        return _made(self._grants.append(content))

    def _rewrite(self) -> bool:
        """Write everything anew, what is only in memory too: whether the disk works shows in that alone."""
        notes = list(self._open.values())
        frames = self._endings.replace([ending_bytes(note.ending) for note in notes])
        for note, frame in zip(notes, frames, strict=True):
            note.frame = frame
        self._grants.replace(self._grants.contents())
        return True

    def _safely(self, work: Callable[[], T | None]) -> T | None:
        try:
            done = work()
        except (OSError, ValueError) as error:
            self._failed(error)
            return None
        return done

    def _failed(self, error: Exception) -> None:
        why = f"the journal in {self.folder} cannot be written: {error}"
        if not self.fault:
            log.error("journal.failed", error=why, detail="this worker dials nobody until it can")
        self.fault = why


def _made(frame: Frame | None) -> Frame:
    if frame is None:
        raise OSError("the journal is full")
    return frame


@contextmanager
def own_journal(settings: Settings) -> Iterator[DiskJournal]:
    """This process's journal, as long as it is wanted. Raises ConfigInvalid when the disk cannot be used."""
    root = settings.journal_dir or settings.data_dir / "journal"
    try:
        journal = take_journal(root)
    except OSError as error:
        message = f"the journal cannot be written, and without it nobody is dialled: {error}"
        raise ConfigInvalid([Problem(file=str(root), line=0, column=0, message=message)]) from error
    try:
        yield journal
    finally:
        journal.close()


def take_journal(root: Path) -> DiskJournal:
    """The first journal below `root` that no other process has. Raises OSError when the disk cannot be used."""
    for number in range(_FOLDERS):
        try:
            return DiskJournal(root / str(number))
        except BlockingIOError:
            continue
    raise OSError(f"every journal in {root} is taken")


def other_journals(own: DiskJournal) -> Iterator[DiskJournal]:
    """Those beside it that nobody has now: of workers that are gone. Each is closed again before the next."""
    for folder in sorted(own.folder.parent.iterdir()):
        if folder == own.folder or not (folder / "lock").exists():
            continue
        try:
            other = DiskJournal(folder)
        except OSError:
            continue
        try:
            yield other
        finally:
            other.close()
