"""What a worker may write of a call it has, each at the same instant, answering as the ledger did."""

from datetime import timedelta

from ledger.scenes import LEASE, NOW, Scene, at

from gateway.ledger.records import Hold
from gateway.reasons import Reason

LATER = NOW + timedelta(seconds=5)


async def renew(scene: Scene, hold: Hold) -> str:
    """Keep it."""
    return await scene.ledger.dials.renew(hold, now=LATER, lease=LEASE)


async def defer(scene: Scene, hold: Hold) -> str:
    """Put it off."""
    return await scene.ledger.dials.defer(hold, not_before=at(60), reason=Reason.OUTSIDE_HOURS, now=LATER)


async def hold_back(scene: Scene, hold: Hold) -> str:
    """Leave it to a person."""
    return await scene.ledger.dials.hold_back(hold, reason=Reason.NO_COMMON_HOURS, now=LATER)


async def skip(scene: Scene, hold: Hold) -> str:
    """End it."""
    return await scene.ledger.dials.skip(hold, reason=Reason.PHONE_PREMIUM, now=LATER)


async def grant(scene: Scene, hold: Hold) -> str:
    """Let it out."""
    return (await scene.grant(hold, now=LATER)).answer
