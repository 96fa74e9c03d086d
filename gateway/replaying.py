"""Deciding a stored event anew, with the rulebook in force: after a rule was fixed, or a provider learned to read."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from gateway.contracts import Source
from gateway.enriching import request_of
from gateway.errors import GatewayError, Unreadable
from gateway.ledger import Ledger
from gateway.ledger.records import DeliveryRecord, EventRecord, Replay
from gateway.model import CallPlan, Decision, Event, EventState, Request, record
from gateway.ordering import ORDER_SOURCE, decide_again
from gateway.reasons import Reason
from gateway.rules.rulebook import Rulebook

_GRAVEST = (EventState.FAILED, EventState.MATCHED, EventState.IGNORED)


class NotReplayable(GatewayError):
    """The event cannot be decided again: its source is gone, or what it held is no longer kept."""


@record
class ReplayOrder:
    """What a person asked for. `again` lets calls that rang, or may have, be made once more."""

    event_id: str
    actor: str
    again: bool = False
    dry_run: bool = False


async def replay(ledger: Ledger, rulebook: Rulebook, order: ReplayOrder, *, now: datetime) -> Replay | None:
    """Decide the event again and let the ledger make what is missing. None: no such event.

    Where its source enriches, the event is RECEIVED again: a worker fetches its record anew, then decides.

    Raises NotReplayable, LedgerUnavailable. The caller wakes for the calls that are new.
    """
    event = await ledger.reads.event(order.event_id)
    if event is None:
        return None
    delivery = await ledger.reads.delivery(event.delivery_id)
    decision = decide_stored(event, delivery, rulebook, now=now)
    return await ledger.actions.replay(
        event.id,
        decision,
        again=order.again,
        dry_run=order.dry_run,
        actor=order.actor,
        now=now,
        found=event.event,
    )


def decide_stored(
    event: EventRecord, delivery: DeliveryRecord | None, rulebook: Rulebook, *, now: datetime
) -> Decision:
    """What the rulebook says of a stored event today. Raises NotReplayable."""
    if event.provider == ORDER_SOURCE:  # no configured source can have it, whatever it is called
        return decide_again(event.event.payload, rulebook, now)
    source = rulebook.sources.get(event.source)
    if source is None:
        raise NotReplayable(f"source {event.source} is no longer configured")
    if delivery is None:
        raise NotReplayable("the delivery is no longer kept")
    request = request_of(delivery)
    if event.reason is Reason.UNREADABLE:
        return _read_again(event, delivery, source, rulebook, now)
    return _decide(event.event, event.id, source, request, rulebook, now)


def _read_again(
    event: EventRecord, delivery: DeliveryRecord, source: Source, rulebook: Rulebook, now: datetime
) -> Decision:
    if delivery.body is None:
        raise NotReplayable("the body is no longer kept")
    request = request_of(delivery)
    try:
        events = source.provider.split(source.provider.decode(request, source), request, source)
    except Unreadable as error:
        return Decision(state=EventState.FAILED, reason=Reason.UNREADABLE, error=str(error), rulebook=rulebook.version)
    return _together([_decide(one, event.id, source, request, rulebook, now) for one in events], rulebook)


def _decide(
    event: Event, event_id: str, source: Source, request: Request, rulebook: Rulebook, now: datetime
) -> Decision:
    if event.never_rings is not None:
        return Decision(state=EventState.IGNORED, reason=event.never_rings, rulebook=rulebook.version)
    if source.enrich is not None and source.enrich.completes(event):
        return Decision(state=EventState.RECEIVED, rulebook=rulebook.version)
    return rulebook.match(event, event_id=event_id, source=source, request=request, now=now)


def _together(decisions: Sequence[Decision], rulebook: Rulebook) -> Decision:
    """One decision for a body that was stored as one event and turned out to hold several.

    Plans keep their rule and are numbered on, because rule and ordinal make a call's id.
    """
    if len(decisions) == 1:
        return decisions[0]
    worst = next((one for state in _GRAVEST for one in decisions if one.state is state), None)
    return Decision(
        state=worst.state if worst else EventState.IGNORED,
        reason=worst.reason if worst else Reason.NOT_AN_EVENT,
        error=worst.error if worst else None,
        plans=_numbered_on(decisions),
        trace=tuple(trace for one in decisions for trace in one.trace),
        rulebook=rulebook.version,
    )


def _numbered_on(decisions: Sequence[Decision]) -> tuple[CallPlan, ...]:
    seen: dict[str, int] = {}
    plans = []
    for plan in (plan for one in decisions for plan in one.plans):
        ordinal = seen.get(plan.rule, 0)
        seen[plan.rule] = ordinal + 1
        plans.append(replace(plan, ordinal=ordinal))
    return tuple(plans)
