"""What is handed out of many records when one of them cannot be read any more."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog

from gateway.errors import RecordDamaged

T = TypeVar("T")
R = TypeVar("R")

log = structlog.stdlib.get_logger("dialgate.ledger")


def readable(claimed: Iterable[T], read: Callable[[T], R]) -> tuple[R, ...]:
    """Those of the `claimed` that can be read. The others are named in the log and left to their lease.

    One damaged record must not keep a worker from all that it claimed together with it, again and again.
    """
    found, damaged = [], []
    for one in claimed:
        try:
            found.append(read(one))
        except RecordDamaged as error:
            damaged.append(str(error))
    if damaged:
        log.error("records.damaged", problems=damaged, detail="passed over, and looked at again when their lease ends")
    return tuple(found)
