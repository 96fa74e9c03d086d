"""Temporary files in memory while the tests run, where there is room.

Every Valkey of the tests syncs its file after each write, as the product's does. On a disk that is most of what they
wait for, and none of them could tell: a process that is killed leaves what it wrote to the kernel either way. The
proofs that are commands of their own, such as `make torture`, write to the disk.
"""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3  # a container's own is 64 MB: too little


def use_memory() -> None:
    """Let this process and those it starts keep temporary files in memory, unless TMPDIR says where they belong."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ROOM:
        return
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
