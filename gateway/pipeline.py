"""The whole story on one page: from a webhook to a ring.

    authenticate → decode → split → match → accept → wake        in the receiver, before the 2xx
                              → enrich               thin events only, in a worker of their own
                                                    → ring → finish      in a worker, later or at once

The ledger stands between the two halves: what `accept` wrote is what a worker rings, whether or not the
wake-up arrives. Each stage is one function of receiving.py, enriching.py, ringing.py or asking.py; this page
only gives their order.
"""

from collections.abc import Sequence

from gateway import asking, enriching, receiving, ringing
from gateway.contracts import Source
from gateway.errors import Unreadable
from gateway.ledger.records import Call, EventRecord
from gateway.model import Accepted, DecidedEvent, Decision, Outcome, Request
from gateway.parts import Enricher, Receiver, Ringer


async def receive(receiver: Receiver, source: Source, request: Request) -> tuple[Accepted, ...]:
    """One request of a source → one answer per event, once everything is durable.

    Raises WebhookRejected (nothing stored) or LedgerUnavailable (nothing acknowledged). An authentic body that
    cannot be read is an event too: FAILED, shown, and answered like any other.
    """
    delivery = authenticate(receiver, source, request)
    try:
        events = split(source, request, decode(source, request))
    except Unreadable as error:
        decided: Sequence[DecidedEvent] = receiving.unreadable(delivery, source, request, error)
    else:
        decided = match(receiver, source, request, delivery, events)
    accepted = await accept(receiver, source, delivery, decided)
    wake(receiver, accepted)
    return accepted


authenticate = receiving.authenticate
decode = receiving.decode
split = receiving.split
match = receiving.match
accept = receiving.accept
wake = receiving.wake


async def enrich(enricher: Enricher, event: EventRecord) -> Decision | None:
    """One claimed thin event → its record fetched, the rules asked, its calls durable. None: tried again later."""
    found = await enriching.complete(enricher, event)
    decision = await enriching.decide(enricher, event, found)
    await enriching.settle(enricher, event, found, decision)
    return decision


async def ring(ringer: Ringer, call: Call) -> Outcome | None:
    """One claimed call → at most one request to the call API. None: it did not come to a request.

    Looks, and asks other systems, before it resolves the contact (a person who opted out is never created), and
    asks for the grant last: the grant checks everything once more, in the same write that allows the request.
    """
    verdicts = await look(ringer, call)
    if verdicts is None:
        return None
    verdicts = await ask(ringer, call, verdicts)
    if verdicts is None:
        return None
    contact_id = await resolve(ringer, call)
    if contact_id is None:
        return None
    order = await grant(ringer, call, contact_id, verdicts)
    if order is None:
        return None
    outcome = await dial(ringer, call, order)
    await finish(ringer, call, outcome)
    return outcome


look = ringing.look
ask = asking.ask
resolve = ringing.resolve
grant = ringing.grant
dial = ringing.dial
finish = ringing.finish
