"""How many calls a worker may handle at once: as many as it is told to, if it may open a connection for each."""

import structlog

from gateway.open_files import allow_open_files

log = structlog.get_logger("dialgate.worker")

_EACH = 2  # connections of a call: a name with several addresses may be tried at two of them at once
_OTHERS = 200  # connections to Redis, the journal, what is read of the configuration, and room to spare


def calls_at_once(wanted: int) -> int:
    """`wanted`, or as many as the limit on open files has room for: none may fail for it in the middle of a dial."""
    needed = _EACH * wanted + _OTHERS
    allowed = allow_open_files(needed)
    fitting = max(1, (allowed - _OTHERS) // _EACH)
    if fitting >= wanted:
        return wanted
    log.warning(
        "worker.fewer_calls_at_once",
        wanted=wanted,
        at_once=fitting,
        open_files=allowed,
        advice=f"raise the hard limit on open files to {needed}: LimitNOFILE= in systemd, ulimit -Hn in a shell",
    )
    return fitting
