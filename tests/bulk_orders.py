"""Orders of replays in bulk for tests: leads whose rule was broken, the rule mended, and the preview to its end."""

import os
from collections import Counter
from datetime import datetime, timedelta

from lived import came_in
from rules.written import NOW

from gateway import bulk_replaying
from gateway.ledger import Ledger
from gateway.ledger.records import CallFilter
from gateway.ledger.replays import BulkReplay, ReplayState
from gateway.model import EventState
from gateway.replay_preview import ReplayFilter
from gateway.rules.rulebook import Rulebook

MENDED = """\
  - name: leads
    sources: [crm]
    when: payload.?kind.orValue("") == "lead"
    call: {from: east, contact: {phone: payload.phone, region: US}}
policy: {hours: {window: "09:00-20:00", days: all}, replay: {per_minute: 600, approve_above: 2}}
"""
BROKEN = MENDED.replace('payload.?kind.orValue("") == "lead"', 'payload.knd == "lead"')
FAILED = ReplayFilter(state=EventState.FAILED)


def soon(seconds: float) -> datetime:
    """So many seconds later."""
    return NOW + timedelta(seconds=seconds)


async def failed(ledger: Ledger, book: Rulebook, count: int, area: int = 212, now: datetime = NOW) -> list[str]:
    """So many leads that came in while their rule was broken; their ids."""
    made = [{"kind": "lead", "n": number, "phone": f"+1{area}200{number:04}"} for number in range(count)]
    return [(await came_in(ledger, book, one, now=now)).event_id for one in made]


async def previewed(
    ledger: Ledger, book: Rulebook, where: ReplayFilter = FAILED, *, again: bool = False, now: datetime = NOW
) -> BulkReplay:
    """An order looked at to its end."""
    made = await bulk_replaying.order(ledger, book, where, by="ann", again=again, now=now, random=os.urandom)
    while made.state is ReplayState.PREVIEWING:
        made = await bulk_replaying.look_on(ledger, book, made, now=now)
    return made


async def calls_by_phone(ledger: Ledger) -> Counter[str]:
    """How many calls there are to each phone."""
    calls, _ = await ledger.reads.calls(CallFilter(), limit=500)
    return Counter(call.person_keys[0] for call in calls)
