"""A receiver's clock. Little wrong, it is told; far wrong, deliveries are refused: every judgement would be.

By a clock that is minutes off, genuine signatures look too old (a 401 that senders do not repeat) or old ones new;
leads end early or ring late; ceilings and cooldowns look over. 503 makes the sender come again, to a receiver whose
clock is right if there is one. Half a minute is a tenth of the usual signature window, and does none of that.
"""

import asyncio
from datetime import timedelta

import structlog

from gateway.errors import LedgerUnavailable
from gateway.ledger.timekeeping import Timekeeper, read_clocks
from gateway.web.edge import frames_of
from gateway.web.front import Front

LOOK_SECONDS = 2.0
FAR = timedelta(seconds=30)

log = structlog.stdlib.get_logger("dialgate.clock")


async def watch_clock(front: Front) -> None:
    """Look every two seconds, for ever. While Redis is away nothing new is known, and nothing is accepted anyway."""
    keeper = Timekeeper(front.ledger.connection, front.now, "receiver")
    while True:
        try:
            await look_at_clock(front, keeper)
        except LedgerUnavailable as error:
            log.debug("clock.unseen", error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - the task's edge: one failed look must not end the looking
            log.warning("clock.look_failed", error=type(error).__name__, frames=frames_of(error))
        await asyncio.sleep(LOOK_SECONDS)


async def look_at_clock(front: Front, keeper: Timekeeper) -> None:
    """One look: the door's state follows the clock. Raises LedgerUnavailable."""
    reading = await read_clocks(front.ledger.connection, front.now)
    seconds = reading.ahead.total_seconds()
    front.metrics.clock_ahead.set(seconds)
    where = "ahead of" if seconds > 0 else "behind"
    told = f"this receiver's clock is {abs(seconds):.0f} s {where} Redis's"
    front.admission.astray = told if abs(reading.ahead) > FAR else ""
    await keeper.note(reading)
