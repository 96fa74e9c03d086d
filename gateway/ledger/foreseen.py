"""What the preview of a replay in bulk keeps of each call it looked at, and how the ledger writes that."""

from datetime import datetime

import orjson

from gateway.ledger.instants import from_ms, to_ms
from gateway.model import JsonObject, record


@record
class Foreseen:
    """What would become of one call, or of an event that comes to none.

    `outcome`: `rings`, `kept`, or how it ends and why, such as `waits: outside_hours`. `who`: a masked phone, or a
    contact's id. `person`: a digest that tells people apart and names nobody; empty where nobody would be rung.
    """

    event_id: str
    source: str
    received_at: datetime
    outcome: str
    who: str
    rule: str = ""
    number: str = ""
    until: datetime | None = None
    person: str = ""


@record
class PreviewSlice:
    """What one look added: `looked_at` events, those that are meant, and all the preview's counts after it."""

    looked_at: int
    events: tuple[str, ...]
    foreseen: tuple[Foreseen, ...]
    counts: JsonObject
    cursor: str | None  # None: the preview is complete


def line_of(one: Foreseen) -> bytes:
    """As it is stored."""
    until = None if one.until is None else to_ms(one.until)
    received = to_ms(one.received_at)
    return orjson.dumps(
        [one.event_id, one.source, received, one.outcome, one.who, one.rule, one.number, until, one.person]
    )


def foreseen_of(line: bytes) -> Foreseen:
    """As it was stored."""
    event_id, source, received, outcome, who, rule, number, until, person = orjson.loads(line)
    return Foreseen(
        event_id=event_id,
        source=source,
        received_at=from_ms(received),
        outcome=outcome,
        who=who,
        rule=rule,
        number=number,
        until=None if until is None else from_ms(until),
        person=person,
    )
