"""The folder that the processes of one group share: nobody else's, made at its start, gone with its supervisor."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCK = "lock"  # held while its supervisor lives, however that ends


@contextmanager
def private_folder(data: Path, port: int) -> Iterator[Path]:
    """An empty folder in the data folder, until the block ends. Raises OSError.

    What killed supervisors left there goes. It has its lock before it has its name, so no other takes it for left.
    """
    data.mkdir(parents=True, exist_ok=True)
    for each in data.glob("receivers-*"):
        if _abandoned(each):
            shutil.rmtree(each, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=".receivers-", dir=data))
    try:
        with (folder / _LOCK).open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            folder = folder.rename(data / f"receivers-{port}-{folder.name.rpartition('-')[2]}")
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _abandoned(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:  # somebody began to remove it
        return True
    except OSError:
        return False
    return True
