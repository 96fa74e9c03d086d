"""The stage between look and resolve: other systems are asked whether the person must not be called.

It comes after our own guards, so that nobody is asked about who is not to be dialled now anyway, and before the
contact is made, so that a listed person is never created. What an answer allows ends with its age: the grant compares.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.alerts import AlertKind
from gateway.do_not_call import subjects_of
from gateway.external_check import Check, Unanswered
from gateway.ledger.checks import KeptAnswer
from gateway.ledger.records import Call, Transition
from gateway.model import ContactFields, Unsent, Verdict
from gateway.parts import Ringer
from gateway.reasons import Reason
from gateway.ringing import backoff

_GUARD = "external_check"
_HELD = frozenset({Transition.DONE, Transition.REPEATED})
_KEEPS_FAILING = 3  # times in vain for one call: longer than a restart at the other end takes
_NAMES: Mapping[str, frozenset[str]] = {  # what a check calls the things that the list here can name
    "phone": frozenset({"phone", "digits"}),
    "email": frozenset({"email"}),
    "contact": frozenset({"contact_id"}),
}


async def ask(ringer: Ringer, call: Call, verdicts: Sequence[Verdict]) -> tuple[Verdict, ...] | None:
    """The verdicts with those of the checks. None: a check forbids it or gave no answer, and that is recorded."""
    given = tuple(verdicts)
    values = _known_of(call)
    for check in ringer.rulebook().checks_for(call.rule):
        if not check.needs <= values.keys():
            if Reason.CHECK_UNASKABLE in call.released:
                given += (_allow(check, {"released": "by a person"}),)
                continue
            await _hold_back(ringer, call, check, given, check.needs - values.keys())
            return None
        answer = await _answer(ringer, call, check, values)
        if answer is None:
            return None
        if isinstance(answer, Unanswered):
            await _wait(ringer, call, check, given, answer)
            return None
        if answer.listed:
            await _skip(ringer, call, check, given, answer)
            return None
        given += (
            _allow(check, {"answer": "clear", "asked_at": answer.asked_at.isoformat()}, _good_until(check, answer)),
        )
    return given


async def _answer(
    ringer: Ringer, call: Call, check: Check, values: Mapping[str, str]
) -> KeptAnswer | Unanswered | None:
    """What is kept and still good for a whole lease, else what is answered now. None: the call is no longer ours."""
    kept = await ringer.ledger.checks.find(check, values)
    if kept is not None and kept.asked_at <= ringer.now() < _good_until(check, kept) - ringer.timing.lease:
        return kept
    if not await _ours(ringer, call):
        return None
    asked_at = ringer.now()
    answer = await ringer.checker.ask(check, {name: values[name] for name in check.needs})
    if isinstance(answer, Unanswered):
        return answer
    await ringer.ledger.alerts.clear(AlertKind.CHECK_FAILING, check.name, now=ringer.now())
    found = KeptAnswer(listed=answer.listed, asked_at=asked_at)
    await ringer.ledger.checks.keep(check, values, found)
    return found


async def _ours(ringer: Ringer, call: Call) -> bool:
    """Whether it is claimed for another lease; what was only looked at may be another worker's by now."""
    return await ringer.ledger.dials.renew(call.hold(), now=ringer.now(), lease=ringer.timing.lease) in _HELD


def _known_of(call: Call) -> dict[str, str]:
    """What a check may ask by, of this call's person."""
    fields = call.contact if isinstance(call.contact, ContactFields) else None
    phone = next((key.removeprefix("tel:") for key in call.person_keys if key.startswith("tel:")), None)
    known = {
        "phone": phone,
        "digits": phone.removeprefix("+") if phone else None,
        "email": fields.email if fields else None,
        "contact_id": call.contact_id,
    }
    return {name: value for name, value in known.items() if value}


def _good_until(check: Check, answer: KeptAnswer) -> datetime:
    return answer.asked_at + check.fresh_for


def _allow(check: Check, told: Mapping[str, str], until: datetime | None = None) -> Verdict:
    return Verdict(guard=_GUARD, allow=True, valid_until=until, facts={"check": check.name, **told})


def _deny(check: Check, reason: Reason, told: Mapping[str, str]) -> Verdict:
    return Verdict(guard=_GUARD, allow=False, reason=reason, facts={"check": check.name, **told})


async def _wait(ringer: Ringer, call: Call, check: Check, given: tuple[Verdict, ...], answer: Unanswered) -> None:
    told = _deny(check, Reason.CHECK_UNANSWERED, {"error": answer.error})
    unsent = Unsent(reason=Reason.CHECK_UNANSWERED, detail=answer.error, retry_after=answer.after)
    now = ringer.now()
    await ringer.ledger.checks.note_failure(check, answer.error, now=now)
    if call.unsent + 1 >= _KEEPS_FAILING:
        await ringer.ledger.alerts.raise_(AlertKind.CHECK_FAILING, check.name, answer.error, now=now)
    await ringer.ledger.dials.defer(
        call.hold(),
        not_before=now + backoff(ringer, call.unsent, unsent),
        reason=Reason.CHECK_UNANSWERED,
        detail=f"{check.name}: {answer.error}",
        verdicts=(*given, told),
        tried=True,
        now=now,
    )


async def _skip(ringer: Ringer, call: Call, check: Check, given: tuple[Verdict, ...], answer: KeptAnswer) -> None:
    """SKIPPED for good; listed here first, where that is wanted, so that it cannot be forgotten in between."""
    now, dials = ringer.now(), ringer.ledger.dials
    if check.add_listed:
        if not await _ours(ringer, call):  # a call that is only due would be ended by the listing
            return
        known = subjects_of(call.contact, call.person_keys, call.contact_id)
        subjects = [subject for subject in known if check.needs & _NAMES[subject.kind]]
        await ringer.ledger.do_not_call.add(
            subjects, by=f"check {check.name}", source=f"check {check.name}", note=call.id, now=now
        )
    told = _deny(check, Reason.LISTED_ELSEWHERE, {"answer": "listed", "asked_at": answer.asked_at.isoformat()})
    detail = f"listed by {check.name}"
    await dials.skip(call.hold(), reason=Reason.LISTED_ELSEWHERE, detail=detail, verdicts=(*given, told), now=now)


async def _hold_back(
    ringer: Ringer, call: Call, check: Check, given: tuple[Verdict, ...], missing: frozenset[str]
) -> None:
    lacking = ", ".join(sorted(missing))
    told = _deny(check, Reason.CHECK_UNASKABLE, {"not_known": lacking})
    await ringer.ledger.dials.hold_back(
        call.hold(),
        reason=Reason.CHECK_UNASKABLE,
        detail=f"{check.name} asks by {lacking}",
        verdicts=(*given, told),
        now=ringer.now(),
    )
