"""What a rehearsal came to, beside what its test expects: every difference, with its place in the file."""

from collections.abc import Iterator
from datetime import UTC, datetime

from gateway.model import ContactById, ContactFields, EventState, record
from gateway.reasons import Reason
from gateway.rehearsed import Rehearsal, RehearsedCall
from gateway.rule_tests.cases import Expected, ExpectedCall


@record
class Missed:
    """One difference. `path` leads to it inside the test, e.g. ("expect", "calls", 0, "number")."""

    path: tuple[str | int, ...]
    expected: str
    got: str


def judge(expected: Expected, found: Rehearsal) -> tuple[Missed, ...]:
    """Every difference; none: the test passes."""
    if expected.calls is not None:
        return tuple(_calls(expected.calls, found))
    if expected.nobody:
        ringing = [describe(call) for call in found.calls if call.ending.value != "skipped"]
        path = ("expect", "nobody")
        return (Missed(path=path, expected="nobody", got="; ".join(ringing)),) if ringing else ()
    key, state, reason = (
        ("ignored", EventState.IGNORED, expected.ignored)
        if expected.ignored is not None
        else ("failed", EventState.FAILED, expected.failed)
    )
    wanted = (state, reason)
    got = _states(found)
    if got and all(one == wanted for one in got):
        return ()
    return (Missed(path=("expect", key), expected=_state_text(*wanted), got=came_to(found)),)


def came_to(found: Rehearsal) -> str:
    """What it came to, in a line."""
    if found.unreadable is not None:
        return f"failed: unreadable ({found.unreadable})"
    if found.calls:
        return "; ".join(describe(call) for call in found.calls)
    errors = [event.decision.error for event in found.events if event.decision is not None and event.decision.error]
    states = "; ".join(_state_text(*one) for one in _states(found)) or "no event"
    return states + (f" ({'; '.join(errors)})" if errors else "")


def describe(call: RehearsedCall) -> str:
    """One call in words."""
    plan = call.plan
    until = f" until {_instant(call.until)}" if call.until is not None else ""
    why = f" ({call.reason.value})" if call.reason is not None else ""
    return f"rule {plan.rule!r} from {plan.number} to {_whom(call)}: {call.ending.value}{until}{why}"


def _calls(expected: tuple[ExpectedCall, ...], found: Rehearsal) -> Iterator[Missed]:
    calls = found.calls
    if len(calls) != len(expected):
        yield Missed(path=("expect", "calls"), expected=_counted(len(expected)), got=_counted(len(calls), found))
        return
    for place, (one, call) in enumerate(zip(expected, calls, strict=True)):
        got = _facts(call)
        for name in ExpectedCall.model_fields:
            wanted = _text(getattr(one, name)) if name in one.model_fields_set else None
            if wanted is not None and wanted != got[name]:
                yield Missed(path=("expect", "calls", place, name), expected=wanted, got=got[name] or "nothing")


def _facts(call: RehearsedCall) -> dict[str, str]:
    plan = call.plan
    contact = plan.contact
    return {
        "rule": plan.rule,
        "number": plan.number,
        "phone": contact.phone if isinstance(contact, ContactFields) else "",
        "contact": contact.contact_id if isinstance(contact, ContactById) else "",
        "campaign": plan.campaign_id or "",
        "priority": plan.priority.name.lower(),
        "ends": call.ending.value,
        "until": _text(call.until),
        "reason": _text(call.reason),
    }


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return _instant(value)
    return "" if value is None else str(value)


def _instant(value: datetime) -> str:
    """To the second: openings are spread by fractions."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _states(found: Rehearsal) -> list[tuple[EventState, Reason | None]]:
    if found.unreadable is not None:
        return [(EventState.FAILED, Reason.UNREADABLE)]
    return [(event.state, event.reason) for event in found.events]


def _state_text(state: EventState, reason: Reason | None) -> str:
    return f"{state.lower()}: {reason.value}" if reason is not None else state.lower()


def _counted(count: int, found: Rehearsal | None = None) -> str:
    text = f"{count} call{'' if count == 1 else 's'}"
    return text if found is None else f"{text}: {came_to(found)}"


def _whom(call: RehearsedCall) -> str:
    contact = call.plan.contact
    return contact.phone if isinstance(contact, ContactFields) else contact.contact_id
