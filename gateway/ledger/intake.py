"""Accepting deliveries, and deciding events that were accepted undecided."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from gateway.bounds import UNBOUND, Bounds
from gateway.ledger.connection import Connection, unavailable
from gateway.ledger.damage import readable
from gateway.ledger.decoding import event_of, fields_of, text_list
from gateway.ledger.encoding import (
    Origin,
    bounds_fields,
    decision_fields,
    delivery_data,
    dumps,
    event_fields,
    found_fields,
    retain_until,
)
from gateway.ledger.groups import Groups, Written
from gateway.ledger.instants import to_ms
from gateway.ledger.packing import Carried, carried, pack, unseal
from gateway.ledger.records import EventRecord, Transition
from gateway.model import Accepted, DecidedEvent, Decision, Delivery, Event, EventState


def fresh_nonce() -> str:
    """Names one request, so that the ledger knows it when it comes twice."""
    return secrets.token_hex(8)


class Intake:
    """From a delivery to events and calls."""

    def __init__(self, connection: Connection, *, nonce: Callable[[], str] = fresh_nonce) -> None:
        self._connection = connection
        self._nonce = nonce
        self._groups = Groups(self._store)

    async def accept(
        self,
        delivery: Delivery,
        events: Sequence[DecidedEvent],
        *,
        now: datetime,
        bounds: Bounds = UNBOUND,
    ) -> tuple[Accepted, ...]:
        """Store delivery, events and calls in ONE atomic write; one answer per event, in order.

        Deliveries that come together share that write (groups.py), each with its own `now` and answer.
        An event whose dedupe key was accepted within its window is a duplicate and names the first. The same
        delivery id again (a retried write whose answer was lost) gets the first answer again. Calls of a plan
        with `skip` are stored SKIPPED; those beyond the source's bounds HELD; those whose person has a call waiting or
        was rung within the cooldown JOINED. Raises LedgerUnavailable; then nothing was acknowledged.
        """
        fields = {
            "id": delivery.id,
            "now": to_ms(now),
            "source": delivery.source,
            "data": delivery_data(delivery),
            "body": pack(delivery.body),
            "bounds": bounds_fields(bounds),
            "blobs_until": retain_until(now, self._connection.retention.payload),
            "events": [event_fields(event, delivery, now) for event in events],
        }
        sent = carried(fields)
        heard, answers = await self._groups.store(
            Written(fields=sent.text, blobs=sent.blobs, events=len(events), now_ms=to_ms(now))
        )
        return tuple(_accepted(answer, heard) for answer in answers)

    async def _store(self, group: Sequence[Written]) -> Sequence[Any]:
        batch = b"[" + b",".join(one.fields for one in group) + b"]"
        numbers = " ".join(str(len(one.blobs)) for one in group)
        blobs = (blob for one in group for blob in one.blobs)
        heard, *answers = await self._connection.run("accept", group[0].now_ms, batch, numbers, *blobs)
        return [(heard > 0, answer) for answer in answers]

    async def claim_events(self, owner: str, *, limit: int, now: datetime, lease: timedelta) -> tuple[EventRecord, ...]:
        """Lease RECEIVED events that are due."""
        answers = await self._connection.run(
            "claim_events", to_ms(now), owner, limit, to_ms(now + lease), self._nonce()
        )
        return readable(answers, lambda one: event_of(one[0].decode(), fields_of(one[1]), one[2]))

    async def decide(
        self,
        event_id: str,
        owner: str,
        decision: Decision,
        *,
        now: datetime,
        found: Event | None = None,
        bounds: Bounds = UNBOUND,
    ) -> tuple[Transition, tuple[str, ...]]:
        """RECEIVED → MATCHED, IGNORED or FAILED, with its calls; the ids of those READY now.

        `found` is the event with the record that was fetched for it, which is kept for explanation.
        """
        sent = await planned(self._connection, event_id, decision)
        if sent is None:
            return Transition.MISSING, ()
        given = (sent.text, *found_fields(found), dumps(bounds_fields(bounds)))
        answer, due = await self._connection.run("decide", to_ms(now), event_id, owner, *given, *sent.blobs)
        return Transition(answer.decode()), text_list(due)

    async def postpone(self, event_id: str, owner: str, *, next_at: datetime, error: str, now: datetime) -> Transition:
        """Leave a RECEIVED event for later, with the error that stood in the way."""
        answer = await self._connection.run("postpone", to_ms(now), event_id, owner, to_ms(next_at), error)
        return Transition(answer.decode())


async def planned(connection: Connection, event_id: str, decision: Decision) -> Carried | None:
    """A decision about a stored event, as the scripts read it. None: no such event."""
    with unavailable():
        stored: list[Any] = await connection.redis.hmget(
            connection.key("event", event_id), ["delivery", "source", "data"]
        )
    delivery, source, data = stored
    if delivery is None or source is None or data is None:
        return None
    known = unseal(data, event_id)
    origin = Origin(
        event_id=event_id,
        delivery_id=delivery.decode(),
        source=source.decode(),
        provider=known["provider"],
        received_ms=known["received"],
    )
    return carried(decision_fields(decision, origin))


def _accepted(answer: Sequence[Any], heard: bool) -> Accepted:
    event_id, duplicate, state, call_ids, due = answer
    return Accepted(
        event_id=event_id.decode(),
        duplicate=bool(duplicate),
        state=EventState(state.decode()),
        call_ids=text_list(call_ids),
        due_call_ids=text_list(due),
        heard=heard,
    )
