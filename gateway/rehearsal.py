"""What a delivery would do, stage by stage, with nothing sent and nothing stored.

One engine behind `dialgate try`, rule tests, the console's workbench, shadow runs and previews of replays. Without a
ledger (`rehearse`) the do-not-call list and the age of registries are not looked at; `ask_ledger` adds them.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache

from gateway import guards, receiving
from gateway.contacts import phone_of
from gateway.contracts import CallFacts, Guard, Scrub, Source
from gateway.do_not_call import subjects_of
from gateway.enriching import request_of
from gateway.errors import NotAuthentic, Unreadable
from gateway.ids import derived_id
from gateway.ledger import Ledger
from gateway.ledger.records import DeliveryRecord, EventRecord
from gateway.model import CallPlan, ContactById, Event, EventState, Request, record
from gateway.rehearsed import Rehearsal, RehearsedCall, RehearsedEvent
from gateway.replaying import NotReplayable, decide_stored
from gateway.rules.rulebook import Rulebook
from gateway.rules.scrubbing import scrubs_of

_BY_LEDGER = frozenset({"do_not_call", "scrub"})  # guards that only a ledger's lists can answer


@record
class Known:
    """What a ledger's lists say of one person; each None where it cannot be read, and then nobody rings."""

    listed: tuple[str, ...] | None = None
    scrubs: tuple[Scrub, ...] | None = None


def rehearse(
    rulebook: Rulebook, source: Source, request: Request, *, now: datetime, authenticate: bool = True
) -> Rehearsal:
    """Every stage that needs no ledger, in the pipeline's order. Never raises for what the request holds.

    Without `authenticate` the signature is not looked at: for stored deliveries, whose secrets are gone, and for
    bodies a person typed.
    """
    told = Rehearsal(source=source.name, provider=source.provider.title, at=now, rulebook=rulebook.version)
    if authenticate:
        try:
            told = replace(told, scheme=source.provider.authenticate(request, source, now))
        except NotAuthentic as error:
            return replace(told, refused=str(error))
    try:
        events = receiving.split(source, request, receiving.decode(source, request))
    except Unreadable as error:
        return replace(told, unreadable=str(error))
    found = (_event(rulebook, source, request, event, index, now) for index, event in enumerate(events))
    return replace(told, events=tuple(found))


def rehearse_delivery(rulebook: Rulebook, delivery: DeliveryRecord, *, now: datetime) -> Rehearsal:
    """A stored delivery as if it came in at `now`. Raises NotReplayable: its source or its body is gone."""
    source = rulebook.sources.get(delivery.source)
    if source is None:
        raise NotReplayable(f"source {delivery.source} is no longer configured")
    if delivery.body is None:
        raise NotReplayable("the body is no longer kept")
    return rehearse(rulebook, source, request_of(delivery), now=now, authenticate=False)


def rehearse_event(
    rulebook: Rulebook, stored: EventRecord, delivery: DeliveryRecord | None, *, now: datetime
) -> RehearsedEvent:
    """A stored event decided as a replay would, with the record that was fetched for it, if it is kept.

    Raises NotReplayable: its source or its body is gone.
    """
    if delivery is not None and delivery.body is None:
        raise NotReplayable("the body is no longer kept")
    decision = decide_stored(stored, delivery, rulebook, now=now)
    if decision.state is EventState.RECEIVED and stored.event.record is not None and delivery is not None:
        source = rulebook.sources[stored.source]
        request = request_of(delivery)
        decision = rulebook.match(
            stored.event, event_id=stored.id, source=source, request=request, now=now, every_rule=True
        )
    calls = tuple(rehearse_call(rulebook, stored.source, plan, now=now) for plan in decision.plans)
    thin = decision.state is EventState.RECEIVED
    return RehearsedEvent(event=stored.event, decision=decision, calls=calls, thin=thin)


def rehearse_call(
    rulebook: Rulebook, source: str, plan: CallPlan, *, now: datetime, known: Known | None = None
) -> RehearsedCall:
    """What the guards say of a planned call at the instant it is due. `known` None: no ledger was asked."""
    if plan.skip is not None:
        return RehearsedCall(plan=plan, at=now)
    asked = [guard for guard in _all_guards() if known is not None or guard.name not in _BY_LEDGER]
    due = max(now, plan.not_before)
    verdicts = guards.look(asked, _facts(rulebook, source, plan, now, known or Known()), due)
    return RehearsedCall(plan=plan, at=now, verdicts=verdicts, not_asked=_checks(rulebook, plan))


async def ask_ledger(
    ledger: Ledger, rulebook: Rulebook, source: str, event: RehearsedEvent, *, now: datetime
) -> RehearsedEvent:
    """The same event with every guard asked, the do-not-call list and the registries too. Raises LedgerUnavailable."""
    calls = []
    for call in event.calls:
        known = None if call.plan.skip is not None else await known_of(ledger, rulebook, call.plan)
        calls.append(rehearse_call(rulebook, source, call.plan, now=now, known=known))
    return replace(event, calls=tuple(calls))


async def known_of(ledger: Ledger, rulebook: Rulebook, plan: CallPlan) -> Known:
    """What the ledger's lists say now of a planned call's person. Raises LedgerUnavailable."""
    found = await ledger.do_not_call.find(subjects_of(plan.contact, plan.person_keys))
    lists = rulebook.lists_for(plan.rule)
    marks = await ledger.scrubs.find(tuple(lists)) if lists else {}
    return Known(
        listed=tuple(sorted({entry.subject.kind for entry in found})),
        scrubs=scrubs_of(lists, {name: mark.at for name, mark in marks.items()}),
    )


def posted(source: Source, body: bytes, *, headers: Mapping[str, str], now: datetime, query: str = "") -> Request:
    """A POST of these bytes to the source's address, unsigned; header names in any case."""
    return Request(
        method="POST",
        url="",
        query=query,
        headers=tuple((name.lower(), value) for name, value in headers.items()),
        body=body,
        remote="127.0.0.1",
        received_at=now,
        path_token=source.path_token,
    )


def _event(
    rulebook: Rulebook, source: Source, request: Request, event: Event, index: int, now: datetime
) -> RehearsedEvent:
    if event.never_rings is not None:
        return RehearsedEvent(event=event, never_rings=event.never_rings)
    event_id = derived_id("ev", "try", str(index))
    decision = rulebook.match(event, event_id=event_id, source=source, request=request, now=now, every_rule=True)
    calls = tuple(rehearse_call(rulebook, source.name, plan, now=now) for plan in decision.plans)
    thin = source.enrich is not None and source.enrich.completes(event)
    return RehearsedEvent(event=event, decision=decision, calls=calls, thin=thin)


def _facts(rulebook: Rulebook, source: str, plan: CallPlan, now: datetime, known: Known) -> CallFacts:
    return CallFacts(
        call_id="",
        source=source,
        rule=plan.rule,
        number=plan.number,
        account=plan.account,
        phone=phone_of(plan.contact, plan.person_keys),
        contact_id=plan.contact.contact_id if isinstance(plan.contact, ContactById) else None,
        priority=plan.priority,
        accepted_at=now,
        expires_at=plan.expires_at,
        regions=None if plan.regions is None else frozenset(plan.regions),
        zones=plan.zones,
        consent=plan.consent,
        address=plan.address,
        policy=rulebook.policy_for(plan.rule),
        beside=rulebook.hours_beside(source, plan.number),
        listed=known.listed,
        scrubs=known.scrubs,
    )


def _checks(rulebook: Rulebook, plan: CallPlan) -> tuple[str, ...]:
    return tuple(
        f"external_check {check.name}: not asked, only a dial asks" for check in rulebook.checks_for(plan.rule)
    )


@cache
def _all_guards() -> tuple[Guard, ...]:
    return tuple(guards.load_guards())
