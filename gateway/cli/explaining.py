"""A dry run as words for a person, or as JSON for a program."""

from dataclasses import asdict
from datetime import datetime

from gateway.cli.screen import say, say_facts, say_table
from gateway.model import CallPlan, ContactById, EventState, JsonObject, RuleTrace, Verdict
from gateway.rehearsed import Ending, Rehearsal, RehearsedCall, RehearsedEvent

_MATCHED = {True: "matched", False: "no", None: "not reached"}


def show(tried: Rehearsal, *, now: datetime) -> None:
    """The whole explanation, in the order things happen."""
    say(f"source {tried.source} ({tried.provider}), at {now.isoformat(timespec='seconds')}", style="bold")
    if tried.refused is not None:
        say(f"  refused with 401: {tried.refused}", style="red")
        return
    say(f"  authentic: {tried.scheme}")
    if tried.unreadable is not None:
        say(f"  cannot be read: {tried.unreadable}; it would be stored as FAILED", style="red")
        return
    if not tried.events:
        say("  it holds no event")
    for number, event in enumerate(tried.events, start=1):
        _show_event(event, f"event {number} of {len(tried.events)}")
    say("nothing was sent, nothing was stored", style="dim")


def as_json_value(tried: Rehearsal) -> JsonObject:
    """The same, with stable names."""
    return {
        "source": tried.source,
        "provider": tried.provider,
        "authentication": tried.scheme or None,
        "refused": tried.refused,
        "unreadable": tried.unreadable,
        "would_ring": tried.would_ring,
        "events": [_event_value(event) for event in tried.events],
    }


def _show_event(tried: RehearsedEvent, title: str) -> None:
    event = tried.event
    say()
    say(f"{title}: {event.type or 'no type'}", style="bold")
    person = {name: value for name, value in asdict(event.person).items() if value}
    say_facts({"  id at the sender": " ".join(event.key or ()), "  person": person})
    if tried.never_rings is not None:
        say(f"  never rings: {tried.never_rings.text}")
        return
    decision = tried.decision
    if decision is None:
        return
    say_table(("  rule", "answer", "why"), [_trace_row(trace) for trace in decision.trace])
    if decision.state is not EventState.MATCHED:
        why = decision.error or (decision.reason.text if decision.reason else "")
        say(f"  {decision.state}: {why}", style="red" if decision.state is EventState.FAILED else None)
    for call in tried.calls:
        _show_call(call)


def _trace_row(trace: RuleTrace) -> tuple[str, str, str]:
    answer = "error" if trace.error else _MATCHED[trace.matched]
    return f"  {trace.rule}", answer, trace.error or trace.detail


def _show_call(call: RehearsedCall) -> None:
    plan = call.plan
    say(f"  call of rule {plan.rule!r}", style="bold")
    say_facts(
        {
            "    from": f"{plan.number} ({plan.from_number_id}), account {plan.account}",
            "    else from": ", ".join(plan.numbers[1:]) or None,
            "    contact": _contact_value(plan),
            "    campaign": plan.campaign_id,
            "    priority": plan.priority.name.lower(),
            "    not before": plan.not_before.isoformat(timespec="seconds"),
            "    expires": plan.expires_at.isoformat(timespec="seconds"),
        }
    )
    for verdict in call.verdicts:
        say(f"    {verdict.guard}: {_verdict_text(verdict)}")
    for line in call.not_asked:
        say(f"    {line}", style="dim")
    say(f"    → {_end(call)}", style="green" if call.rings_now else "yellow")


def _verdict_text(verdict: Verdict) -> str:
    facts = " ".join(f"{name}={value}" for name, value in verdict.facts.items())
    if verdict.allow:
        return f"yes {facts}".rstrip()
    until = f" Again at {verdict.until.isoformat(timespec='seconds')}." if verdict.until else ""
    return f"no: {verdict.reason.text if verdict.reason else ''}{until} {facts}".rstrip()


def _end(call: RehearsedCall) -> str:
    plan, until = call.plan, call.until.isoformat(timespec="seconds") if call.until else ""
    if plan.skip is not None:
        return f"would be skipped: {plan.skip.text}" + (f" ({plan.skip_detail})" if plan.skip_detail else "")
    why = f": {call.reason.text}" if call.reason else ""
    return {
        Ending.RINGS: "would ring now, unless the ledger knows of a reason: a duplicate, the same person, the pace",
        Ending.WAITS: f"would wait until {until}" + ("" if why else ", as its rule says"),
        Ending.HELD: "would be held for a person to decide",
        Ending.SKIPPED: f"would be skipped{why}",
    }[call.ending]


def _contact_value(plan: CallPlan) -> JsonObject:
    if isinstance(plan.contact, ContactById):
        return {"contactId": plan.contact.contact_id}
    fields = plan.contact
    value: JsonObject = {
        "phone": fields.phone,
        "firstName": fields.first_name,
        "lastName": fields.last_name,
        "email": fields.email,
        "tags": list(fields.tags),
        "fields": dict(fields.fields),
    }
    return {name: part for name, part in value.items() if part}


def _event_value(tried: RehearsedEvent) -> JsonObject:
    decision = tried.decision
    return {
        "type": tried.event.type,
        "key": list(tried.event.key or ()),
        "never_rings": tried.never_rings,
        "state": decision.state if decision else None,
        "reason": decision.reason if decision else None,
        "error": decision.error if decision else None,
        "rules": [
            {"rule": trace.rule, "matched": trace.matched, "error": trace.error, "detail": trace.detail}
            for trace in (decision.trace if decision else ())
        ],
        "calls": [_call_value(call) for call in tried.calls],
    }


def _call_value(call: RehearsedCall) -> JsonObject:
    plan = call.plan
    return {
        "rule": plan.rule,
        "number": plan.number,
        "fromNumberId": plan.from_number_id,
        "elseFrom": list(plan.numbers[1:]),
        "contact": _contact_value(plan),
        "campaignId": plan.campaign_id,
        "skip": plan.skip,
        "rings_now": call.rings_now,
        "would_ring": call.would_ring,
        "guards": [
            {
                "guard": verdict.guard,
                "allow": verdict.allow,
                "reason": verdict.reason,
                "until": verdict.until.isoformat() if verdict.until else None,
                "facts": dict(verdict.facts),
            }
            for verdict in call.verdicts
        ],
        "not_asked": list(call.not_asked),
    }
