"""POST /v1/calls: a call ordered by a program, through the same ledger as any webhook.

A 2xx means that the order is in the ledger, even when it must not ring; a 4xx that nothing was stored.
"""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response

from gateway import receiving
from gateway.ids import derived_id, digest, new_id
from gateway.ledger.records import Call
from gateway.model import Accepted, DecidedEvent, Delivery, Event
from gateway.ordering import BODY_WINDOW, KEY_WINDOW, ORDER_SOURCE, CallOrder, UnknownNumber, decide_order, order_event
from gateway.web.api.questions import FrontNeeded
from gateway.web.api.shapes import OrderedShape
from gateway.web.api.views import call_view
from gateway.web.front import Front
from gateway.web.problems import ApiProblem, field_problem, unavailable

router = APIRouter(tags=["calls"])

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="the order's own id, known for 7 days; without it the same body is the same order for 10 minutes",
    ),
]


@router.post("/calls", status_code=202, responses={200: {"model": OrderedShape, "description": "A duplicate."}})
async def order_call(
    front: FrontNeeded, request: Request, response: Response, order: CallOrder, idempotency_key: IdempotencyKey = None
) -> OrderedShape:
    """Order a call: 202 once it is durable, 200 for a duplicate, with the first order's call.

    A phone that must not ring is stored as SKIPPED, with its reason, and answered 202: look at `state`.
    """
    if front.admission.astray:
        raise unavailable(front.admission.astray)
    event = order_event(order, idempotency_key)
    body = await request.body()
    accepted = await _accept(front, order, event, _delivery(front, request, body))
    if accepted.duplicate:
        await _require_same_order(front, accepted, event)
        response.status_code = 200
    call = await _call(front, accepted)
    return OrderedShape(**call_view(call).model_dump(), duplicate=accepted.duplicate)


async def _accept(front: Front, order: CallOrder, event: Event, delivery: Delivery) -> Accepted:
    try:
        decision = decide_order(order, front.keeper.current, front.now())
    except UnknownNumber as error:
        raise field_problem("from", str(error)) from None
    window = KEY_WINDOW if event.key is not None else BODY_WINDOW
    parts = ("key", *event.key) if event.key is not None else ("body", delivery.body)
    decided = DecidedEvent(
        id=derived_id("ev", delivery.id, "0"),
        event=event,
        dedupe_key=digest("POST /v1/calls", *parts),
        dedupe_window=window,
        decision=decision,
    )
    accepted = await front.ledger.intake.accept(delivery, [decided], now=front.now())
    receiving.wake(front.receiver, accepted)
    return accepted[0]


def _delivery(front: Front, request: Request, body: bytes) -> Delivery:
    now = front.now()
    peer = request.client.host if request.client is not None else "unknown"
    return Delivery(
        id=new_id("dl", now=now, random=front.receiver.random),
        source=ORDER_SOURCE,
        provider=ORDER_SOURCE,
        received_at=now,
        method=request.method,
        content_type="application/json",
        remote=front.proxies.client(peer, request.headers.getlist("x-forwarded-for")),
        headers=(),
        query="",
        body=body,
        scheme="api key",
    )


async def _require_same_order(front: Front, accepted: Accepted, event: Event) -> None:
    """Raises ApiProblem 409 when the key was used for another order: a mistake of the caller's, not a duplicate."""
    first = await front.ledger.reads.event(accepted.event_id)
    if first is not None and first.event.payload and first.event.payload != event.payload:
        detail = f"this Idempotency-Key was used for another order within 7 days: event {accepted.event_id}"
        raise ApiProblem(409, "key_reused", detail)


async def _call(front: Front, accepted: Accepted) -> Call:
    call = await front.ledger.reads.call(accepted.call_ids[0]) if accepted.call_ids else None
    if call is None:
        raise unavailable("the order is stored, but cannot be read back just now: send it again with the same key")
    return call
