"""The data folder of `dialgate up`: ours alone while we run, and private."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.cli.screen import CommandFailed


def own_key(folder: Path) -> str:
    """The API key of this folder, made up once."""
    path = folder / "api_key"
    if path.exists():
        return path.read_text(encoding="utf-8").strip()
    key = secrets.token_urlsafe(24)
    write_privately(path, key + "\n")
    return key


def write_privately(path: Path, text: str) -> None:
    """Write a file only this user can read; it is there whole or not at all."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """The folder is ours alone until the process ends, in whatever way."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (folder / "up.lock").open("w")
    except OSError as error:
        raise CommandFailed(f"the data folder {folder} cannot be used: {error.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            message = f"another `dialgate up` is using {folder}: stop it, or choose a folder with --data-dir"
            raise CommandFailed(message) from None
        yield
