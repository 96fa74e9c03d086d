"""try: what would happen to a webhook, and why, with nothing sent and nothing stored."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Annotated

import typer

from gateway import guards, receiving
from gateway.cli.asking_list import with_do_not_call
from gateway.cli.explaining import as_json_value, show
from gateway.cli.moments import instant
from gateway.cli.options import ConfigOption, JsonOption, NamedOption, SampleOption
from gateway.cli.place import config_path, find_place
from gateway.cli.posting import body_from, refuse_both, sample_of, signed_request, source_in
from gateway.cli.screen import FAILED, say_json
from gateway.cli.tried import Tried, TriedCall, TriedEvent
from gateway.contacts import phone_of
from gateway.contracts import CallFacts, Guard, Source
from gateway.errors import NotAuthentic, Unreadable
from gateway.ids import derived_id
from gateway.model import CallPlan, ContactById, Event, Request
from gateway.rules.rulebook import Rulebook

_BASE_URL = "http://127.0.0.1:8080"


def try_(
    source: Annotated[str, typer.Argument(help="Name of the source, or of the provider it uses.")],
    file: Annotated[Path | None, typer.Argument(help="The body; - is stdin. Without it a fresh sample.")] = None,
    at: Annotated[
        str | None, typer.Option(help="As if it were this instant, e.g. 2026-11-28T21:00:00Z.", show_default=False)
    ] = None,
    fresh: SampleOption = False,
    sample: NamedOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain what a webhook would do. Nothing is sent or stored.

    Shows authentication, events, what each rule and guard says, and the calls.
    A running Dialgate is asked for its do-not-call list; without one that is said.
    The body is signed as its sender would sign it. Exit 1 when no phone would ring.

    Example: dialgate try crm lead.json; dialgate try demo --at 2026-11-28T21:00:00Z
    """
    refuse_both(file, fresh=fresh)
    now = datetime.now(UTC) if at is None else instant(at)
    rulebook, target = source_in(config_path(config), source)
    draws = Random(secrets.randbits(64))  # noqa: S311 - invents people, guards nothing
    body = body_from(file, target, sample, now=now, draws=draws)
    request = signed_request(target, body, sample_of(target, sample), base_url=_BASE_URL, now=now)
    tried = with_do_not_call(dry_run(rulebook, target, request, now=now), rulebook, find_place())
    if as_json:
        say_json(as_json_value(tried))
    else:
        show(tried, now=now)
    if not tried.would_ring:
        raise typer.Exit(FAILED)


def dry_run(rulebook: Rulebook, source: Source, request: Request, *, now: datetime) -> Tried:
    """Every stage that needs no ledger, in the pipeline's order."""
    try:
        scheme = source.provider.authenticate(request, source, now)
    except NotAuthentic as error:
        return Tried(source=source.name, provider=source.provider.title, refused=str(error))
    try:
        events = receiving.split(source, request, receiving.decode(source, request))
    except Unreadable as error:
        return Tried(source=source.name, provider=source.provider.title, scheme=scheme, unreadable=str(error))
    tried = tuple(_event(rulebook, source, request, event, index, now) for index, event in enumerate(events))
    return Tried(source=source.name, provider=source.provider.title, scheme=scheme, events=tried)


def _event(rulebook: Rulebook, source: Source, request: Request, event: Event, index: int, now: datetime) -> TriedEvent:
    if event.never_rings is not None:
        return TriedEvent(event=event, never_rings=event.never_rings)
    event_id = derived_id("ev", "try", str(index))
    decision = rulebook.match(event, event_id=event_id, source=source, request=request, now=now)
    calls = tuple(_call(rulebook, source, plan, now) for plan in decision.plans)
    return TriedEvent(event=event, decision=decision, calls=calls)


def _call(rulebook: Rulebook, source: Source, plan: CallPlan, now: datetime) -> TriedCall:
    if plan.skip is not None:
        return TriedCall(plan=plan)
    return TriedCall(plan=plan, verdicts=guards.look(_guards(), _facts(rulebook, source, plan, now), now))


def _guards() -> Sequence[Guard]:
    """All but those that only a running ledger can answer; what it says is asked of it (asking_list.py)."""
    return [guard for guard in guards.load_guards() if guard.name not in {"do_not_call", "scrub"}]


def _facts(rulebook: Rulebook, source: Source, plan: CallPlan, now: datetime) -> CallFacts:
    return CallFacts(
        call_id="",
        source=source.name,
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
        beside=rulebook.hours_beside(source.name, plan.number),
    )
