"""What is handed out of many records when one of them cannot be read any more: the others."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
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
    _tell(damaged, "passed over, and looked at again when their lease ends")
    return tuple(found)


async def listed(ids: Sequence[str], read: Callable[[Sequence[str]], Awaitable[list[T | None]]]) -> list[T | None]:
    """What `read` finds of these, None for one that cannot be read: it is named in the log.

    They are read together, and each by itself only where that fails.
    """
    try:
        return await read(ids)
    except RecordDamaged:
        found: list[T | None] = []
        damaged = []
    for one in ids:
        try:
            found += await read([one])
        except RecordDamaged as error:
            found.append(None)
            damaged.append(str(error))
    _tell(damaged, "left out of a list")
    return found


def _tell(damaged: Sequence[str], what: str) -> None:
    if damaged:
        log.error("records.damaged", problems=damaged, detail=what)
