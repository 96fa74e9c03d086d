"""`python -m workers work|sweep|enrich|notify`: what `dialgate work`, `sweep` and `work --queue …` become."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence

from gateway.errors import ConfigInvalid
from workers.process import enrich, notify, work
from workers.sweeper import sweep

_USAGE = "usage: python -m workers work|sweep|enrich|notify"
_COMMANDS: Mapping[str, Callable[[Mapping[str, str]], None]] = {
    "work": work,
    "sweep": sweep,
    "enrich": enrich,
    "notify": notify,
}


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 stopped as asked, 2 must not start (the reasons are on stderr)."""
    command = _COMMANDS.get(arguments[0]) if len(arguments) == 1 else None
    if command is None:
        sys.stderr.write(_USAGE + "\n")
        return 2
    try:
        command(os.environ)
    except ConfigInvalid as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
