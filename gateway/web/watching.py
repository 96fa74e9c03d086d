"""Watching the receiver's load: what it turned away, and how much room the ledger has left, told as alerts."""

from collections import Counter
from datetime import datetime

import structlog

from gateway.alerts import AlertKind
from gateway.ledger.memory import measure_memory
from gateway.model import record
from gateway.web.front import Front
from gateway.web.looking import keep_looking

LOOK_SECONDS = 1.0
TELL_SECONDS = 10.0
NEARLY_FULL, FULL = 0.85, 0.95  # past the second deliveries are refused, so that outcomes still have room

log = structlog.stdlib.get_logger("dialgate.load")


@record
class Told:
    """What was said last: how many had been turned away, when, and whether there was an alert."""

    refused: int = 0
    at: datetime | None = None
    overloaded: bool = True  # an alert may be open since before this process started
    nearly_full: bool = True


async def watch_load(front: Front) -> None:
    """Look once a second, for ever."""
    told = Told()

    async def again() -> None:
        nonlocal told
        told = await look(front, told)

    await keep_looking(again, every=LOOK_SECONDS, what="load")


async def look(front: Front, told: Told) -> Told:
    """One look: the door's state follows the ledger's memory, and changes are told. Raises LedgerUnavailable."""
    nearly_full = await _look_at_memory(front, told)
    refused: Counter[str] = front.admission.refused
    now, total = front.now(), sum(refused.values())
    if told.at is not None and (now - told.at).total_seconds() < TELL_SECONDS:
        return Told(refused=told.refused, at=told.at, overloaded=told.overloaded, nearly_full=nearly_full)
    overloaded = total > told.refused
    if overloaded:
        count, why = total - told.refused, dict(refused)
        log.warning("overloaded", turned_away=count, at_once=front.admission.room, ever=why)
        cause = front.admission.shut or "too many at once"
        detail = f"{count} deliveries were told to come again within {TELL_SECONDS:g} s: {cause}"
        await front.ledger.alerts.raise_(AlertKind.OVERLOADED, "", detail, now=now)
    elif told.overloaded:
        await front.ledger.alerts.clear(AlertKind.OVERLOADED, "", now=now)
    return Told(refused=total, at=now, overloaded=overloaded, nearly_full=nearly_full)


async def _look_at_memory(front: Front, told: Told) -> bool:
    memory = await measure_memory(front.ledger.connection)
    front.metrics.ledger_memory.set(memory.ratio)
    was_full = bool(front.admission.full)
    front.admission.full = "the ledger is nearly full" if memory.ratio >= FULL else ""
    if front.admission.full and not was_full:
        log.error("ledger.full", used=memory.used, most=memory.most)
    if memory.ratio < NEARLY_FULL:
        if told.nearly_full:
            await front.ledger.alerts.clear(AlertKind.LEDGER_NEARLY_FULL, "", now=front.now())
        return False
    if not told.nearly_full or told.at is None:
        detail = f"Redis uses {memory.used} of {memory.most} bytes; from {FULL:.0%} on webhooks are refused"
        log.error("ledger.nearly_full", used=memory.used, most=memory.most)
        await front.ledger.alerts.raise_(AlertKind.LEDGER_NEARLY_FULL, "", detail, now=front.now())
    return True
