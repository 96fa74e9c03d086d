"""Whether a rule holds for an event, and the scope its expressions see."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import parse_qsl

from gateway.contracts import Source
from gateway.model import Event, Request, RuleTrace, record
from gateway.rules.compiling import CompiledRule
from gateway.rules.expressions import ExpressionError, Scope
from gateway.rules.tracing import does_not_hold

_SECRET_HEADER = re.compile(r"authori[sz]ation|cookie|token|secret|password|api-?key|credential")


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
            "headers": {name: value for name, value in reversed(request.headers) if not _is_secret(name)},
            "query": dict(reversed(parse_qsl(request.query, keep_blank_values=True, errors="replace"))),
        }
    )


@lru_cache(maxsize=128)
def _is_secret(header: str) -> bool:
    return _SECRET_HEADER.search(header) is not None


def _iso(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC. The engine takes a time only as a variable of its own, not inside a map."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def ask(rule: CompiledRule, scope: Scope) -> Answer:
    """What a rule for this source says."""
    name = rule.config.name
    held = rule.when if isinstance(rule.when, bool) else rule.when.evaluate(scope)
    if isinstance(held, ExpressionError):
        return Answer(trace=RuleTrace(rule=name, matched=None, error=f"when: {held.message}", detail=rule.sentence))
    if held:
        return Answer(trace=RuleTrace(rule=name, matched=True, detail=rule.sentence), rule=rule)
    return Answer(trace=does_not_hold(name, rule.sentence))
