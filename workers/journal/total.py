"""How many grants the workers of one machine have seen in all: shared by their journals, and kept with them.

A worker that granted nothing itself must not take a Redis that was set back for a good one while its neighbour knows.
"""

import mmap
import os
import struct
from pathlib import Path

_NUMBER = struct.Struct("=Q")


class SharedTotal:
    """One number in a file that several processes map; it only grows. Raises OSError when the disk cannot be used."""

    def __init__(self, path: Path) -> None:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(file, 0, _NUMBER.size)
            self._map = mmap.mmap(file, _NUMBER.size)
        finally:
            os.close(file)

    @property
    def number(self) -> int:
        """The highest seen by any of them."""
        found: int = _NUMBER.unpack_from(self._map)[0]
        return found

    def raise_to(self, number: int) -> None:
        """At least this."""
        if number > self.number:
            _NUMBER.pack_into(self._map, 0, number)

    def close(self) -> None:
        """Let go of the file."""
        self._map.close()
