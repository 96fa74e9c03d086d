"""The rulebook in force in words: what each rule does, under which terms, and what it did lately."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.ledger.records import EventFilter, EventRecord
from gateway.model import record
from gateway.policy import Policy, Windows
from gateway.rules.config import RuleConfig
from gateway.rules.rulebook import Rulebook
from gateway.web.console.drawing import span
from gateway.web.front import Front

LOOKED_AT = 200


@record
class RuleTold:
    """One rule: its sentence, its terms by what they are about, and how many of the newest events it held for."""

    name: str
    sentence: str
    terms: Mapping[str, str]
    held: int
    failed: int
    last: datetime | None


async def rules_told(front: Front) -> tuple[list[RuleTold], int]:
    """Every rule in its order, and how many events were looked at."""
    rulebook = front.keeper.current
    events, _ = await front.ledger.reads.events(EventFilter(), limit=LOOKED_AT, whole=False)
    held, failed, last = _lately(events)
    sentences = {trace.rule: trace.detail for trace in rulebook.explain()}
    told = [
        RuleTold(
            name=rule.name,
            sentence=sentences[rule.name],
            terms=_terms(rule, rulebook),
            held=held[rule.name],
            failed=failed[rule.name],
            last=last.get(rule.name),
        )
        for rule in rulebook.config.rules
    ]
    return told, len(events)


def _lately(events: Sequence[EventRecord]) -> tuple[Counter[str], Counter[str], dict[str, datetime]]:
    held: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    last: dict[str, datetime] = {}
    for event in events:
        for said in event.trace:
            failed[said.rule] += said.error is not None
            if said.matched:
                held[said.rule] += 1
                last.setdefault(said.rule, event.received_at)
    return held, failed, last


def _terms(rule: RuleConfig, rulebook: Rulebook) -> Mapping[str, str]:
    if rule.opts_out:
        return {}
    policy = rulebook.policy_for(rule.name)
    caps = policy.caps.per_person
    told = {
        "hours": _hours(policy),
        "per person": _caps(caps.per_day, caps.per_week),
        "cooldown": span(policy.cooldown) if policy.cooldown else "none",
        "lives for": span(policy.expires_after),
        "consent": _consent(policy),
        "only in": ", ".join(rule.regions or ()),
        "priority": "" if rule.priority == "normal" else rule.priority,
        "asks": ", ".join(check.name for check in rulebook.checks_for(rule.name)),
        "registries": ", ".join(rulebook.lists_for(rule.name)),
        "tells": ", ".join(rule.notify or ()),
    }
    return {name: text for name, text in told.items() if text}


def _hours(policy: Policy) -> str:
    hours = policy.hours
    zone = f", else {hours.assume_zone}" if hours.assume_zone else ""
    outside = "" if hours.outside == "wait" else ", outside of them nobody is called"
    return f"{_windows(hours)}, at the person's place{zone}{outside}"


def _windows(hours: Windows) -> str:
    by_days = hours.window if isinstance(hours.window, dict) else {hours.days: hours.window}
    parts = [
        "every hour" if text == "always" else text if days == "all" else f"{days} {text}"
        for days, text in by_days.items()
    ]
    preset = [f"and the hours of {', '.join(hours.preset)}"] if hours.preset else []
    holidays = [f"none on {len(hours.holidays)} holidays"] if hours.holidays else []
    return ", ".join([*parts, *preset, *holidays])


def _caps(per_day: int | None, per_week: int | None) -> str:
    parts = [f"{count} {unit}" for count, unit in ((per_day, "a day"), (per_week, "a week")) if count is not None]
    return "at most " + ", ".join(parts) if parts else "no cap"


def _consent(policy: Policy) -> str:
    if not policy.consent.required:
        return ""
    age = policy.consent.max_age
    return "required" if age is None else f"required, not older than {span(age)}"
