"""Which rules hold for an event: the scope expressions see, and the rules asked in their order."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import parse_qsl

from gateway.contracts import Source
from gateway.model import Event, Request, RuleTrace, record
from gateway.rules.compiling import CompiledRule
from gateway.rules.expressions import ExpressionError, Scope

_SECRET_HEADER = re.compile(r"authori[sz]ation|cookie|token|secret|password|api-?key|credential")
_SAID_KEPT = 8192  # the same few sentences are told of every event; a thousand of them anew cost milliseconds


@record
class Answer:
    """What one rule said; `rule` is set when it holds and a call is to be planned."""

    trace: RuleTrace
    rule: CompiledRule | None = None


def scope_of(event: Event, *, event_id: str, source: Source, request: Request) -> Scope:
    """What expressions see. Headers that carry a secret are left out; of repeated ones the first counts."""
    person = event.person
    return Scope(
        {
            "payload": event.payload,
            "record": event.record or {},
            "event": {
                "id": event_id,
                "type": event.type,
                "source": source.name,
                "provider": source.provider.name,
                "occurred_at": _iso(event.occurred_at),
            },
            "person": {
                "phone": person.phone,
                "email": person.email,
                "first_name": person.first_name,
                "last_name": person.last_name,
                "contact_id": person.contact_id,
            },
            "headers": {name: value for name, value in reversed(request.headers) if not _SECRET_HEADER.search(name)},
            "query": dict(reversed(parse_qsl(request.query, keep_blank_values=True, errors="replace"))),
        }
    )


def _iso(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC. The engine takes a time only as a variable of its own, not inside a map."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def ask(rules: Sequence[CompiledRule], scope: Scope, source: str) -> Iterator[Answer]:
    """What each rule says, in order and on demand: a caller that stops asks no further rule."""
    for rule in rules:
        name = rule.config.name
        if rule.config.sources and source not in rule.config.sources:
            yield _not_for(name, source)
            continue
        held = rule.when if isinstance(rule.when, bool) else rule.when.evaluate(scope)
        if isinstance(held, ExpressionError):
            yield Answer(trace=RuleTrace(rule=name, matched=None, error=f"when: {held.message}", detail=rule.sentence))
        elif held:
            yield Answer(trace=RuleTrace(rule=name, matched=True, detail=rule.sentence), rule=rule)
        else:
            yield _does_not_hold(name, rule.sentence)


@lru_cache(maxsize=_SAID_KEPT)
def _not_for(rule: str, source: str) -> Answer:
    return Answer(trace=RuleTrace(rule=rule, matched=False, detail=f"it is not for source {source}"))


@lru_cache(maxsize=_SAID_KEPT)
def _does_not_hold(rule: str, sentence: str) -> Answer:
    return Answer(trace=RuleTrace(rule=rule, matched=False, detail=f"does not hold: {sentence}"))


@lru_cache(maxsize=_SAID_KEPT)
def not_reached(rule: str) -> RuleTrace:
    """What is told of a rule that was not asked."""
    return RuleTrace(rule=rule, matched=None, detail="not reached: an earlier rule decided")
