"""Looking again and again, for as long as the receiver runs: one look that fails does not end the looking."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from gateway.errors import LedgerUnavailable
from gateway.web.edge import frames_of


async def keep_looking(look: Callable[[], Awaitable[None]], *, every: float, what: str) -> None:
    """Call `look`, with `every` seconds between two, until cancelled.

    A Redis that is away is not told here: it is in /readyz and in the log already. Lines are of the logger
    dialgate.`what`.
    """
    log = structlog.stdlib.get_logger(f"dialgate.{what}")
    while True:
        try:
            await look()
        except LedgerUnavailable as error:
            log.debug(f"{what}.unseen", error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - the task's edge: one failed look must not end the looking
            log.warning(f"{what}.look_failed", error=type(error).__name__, frames=frames_of(error))
        await asyncio.sleep(every)
