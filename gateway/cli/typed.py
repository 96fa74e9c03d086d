"""The command as it can be typed where it was just typed, so that what we print can be copied."""

import os
import shutil
import sys


def as_typed() -> str:
    """Its path from the current folder, unless it is on the PATH."""
    if shutil.which("dialgate"):
        return "dialgate"
    return "python -m gateway" if sys.argv[0].endswith("__main__.py") else os.path.relpath(sys.argv[0])
