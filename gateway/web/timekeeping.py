"""A receiver's clock. Little wrong, it is told; far wrong, deliveries are refused: every judgement would be.

By a clock that is minutes off, genuine signatures look too old (a 401 that senders do not repeat) or old ones new;
leads end early or ring late; ceilings and cooldowns look over. 503 makes the sender come again, to a receiver whose
clock is right if there is one. Half a minute is a tenth of the usual signature window, and does none of that.
"""

from datetime import timedelta
from functools import partial

from gateway.ledger.timekeeping import Timekeeper, read_clocks
from gateway.web.front import Front
from gateway.web.looking import keep_looking

LOOK_SECONDS = 2.0
FAR = timedelta(seconds=30)


async def watch_clock(front: Front) -> None:
    """Look every two seconds, for ever. While Redis is away nothing new is known, and nothing is accepted anyway."""
    keeper = Timekeeper(front.ledger.connection, front.now, "receiver")
    await keep_looking(partial(look_at_clock, front, keeper), every=LOOK_SECONDS, what="clock")


async def look_at_clock(front: Front, keeper: Timekeeper) -> None:
    """One look: the door's state follows the clock. Raises LedgerUnavailable."""
    reading = await read_clocks(front.ledger.connection, front.now)
    seconds = reading.ahead.total_seconds()
    front.metrics.clock_ahead.set(seconds)
    where = "ahead of" if seconds > 0 else "behind"
    told = f"this receiver's clock is {abs(seconds):.0f} s {where} Redis's"
    front.admission.astray = told if abs(reading.ahead) > FAR else ""
    await keeper.note(reading)
