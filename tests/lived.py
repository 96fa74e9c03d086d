"""Events as they really came in: posted to a source of `rules/written.py`'s configuration, decided, and stored."""

import json
import os
from datetime import datetime

from gateway.ledger import Ledger
from gateway.model import Accepted, JsonObject, Request
from gateway.parts import Receiver, nobody
from gateway.pipeline import receive
from gateway.rules.rulebook import Rulebook

HEADERS = (("authorization", "Bearer s3cret-s3cret-s3cret"), ("content-type", "application/json"))


async def came_in(
    ledger: Ledger, book: Rulebook, payload: JsonObject | bytes, *, now: datetime, source: str = "crm"
) -> Accepted:
    """One delivery of one event, through every stage of the receiver."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    request = Request(method="POST", url="", query="", headers=HEADERS, body=body, remote="192.0.2.1", received_at=now)
    receiver = Receiver(ledger=ledger, rulebook=lambda: book, wake=nobody, now=lambda: now, random=os.urandom)
    (accepted,) = await receive(receiver, book.sources[source], request)
    return accepted
