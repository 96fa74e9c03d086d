"""A worker's stages: from a claimed call to its outcome in the ledger."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway import guards
from gateway.contacts import phone_of
from gateway.contracts import CallFacts, ContactResolved, Credentials, DialOrder
from gateway.do_not_call import subjects_of
from gateway.errors import LedgerUnavailable
from gateway.failpoints import reach
from gateway.ledger.records import Call, Concurrency, GrantAnswer, GrantTerms, RateLimit, Transition
from gateway.model import ContactById, Outcome, Refused, Unsent, Verdict
from gateway.parts import Ringer
from gateway.policy import Pace, PersonCaps
from gateway.reasons import Reason
from gateway.rules.rulebook import Rulebook

SANDBOX_TOKEN = "00000000-0000-4000-8000-000000000000.sandbox"  # noqa: S105 - opens nothing but the sandbox
_NEVER = datetime.max.replace(tzinfo=UTC)
_SECOND, _HOUR, _DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
_WEEK = timedelta(days=7)


async def look(ringer: Ringer, call: Call) -> tuple[Verdict, ...] | None:
    """Ask the guards that only look. None: the call was put back, held or ended, with the reason recorded.

    Asked for now and for the latest instant the request may start at: a window may not close in between.
    """
    now, hold = ringer.now(), call.hold()
    facts = replace(facts_of(call, ringer.rulebook()), listed=await _listed(ringer, call))
    verdicts = guards.look(ringer.guards, facts, now)
    last_start = now + ringer.timing.start_budget
    if verdicts and verdicts[-1].allow and _valid_until(verdicts) <= last_start:
        verdicts = guards.look(ringer.guards, facts, last_start)
    reach("look", "after")
    last = verdicts[-1] if verdicts else Verdict(guard="none", allow=True)
    if last.allow:
        return verdicts or (last,)
    reason = last.reason or Reason.CANCELLED
    dials = ringer.ledger.dials
    if last.hold:
        await dials.hold_back(hold, reason=reason, verdicts=verdicts, now=now)
    elif last.until is not None:
        await dials.defer(hold, not_before=last.until, reason=reason, verdicts=verdicts, now=now)
    else:
        await dials.skip(hold, reason=reason, verdicts=verdicts, now=now)
    return None


async def _listed(ringer: Ringer, call: Call) -> tuple[str, ...] | None:
    """By what the person is on the do-not-call list; None when it cannot be read, and then nobody is dialled."""
    try:
        found = await ringer.ledger.do_not_call.find(subjects_of(call.contact, call.person_keys, call.contact_id))
    except LedgerUnavailable:
        return None
    return tuple(sorted({entry.subject.kind for entry in found}))


async def resolve(ringer: Ringer, call: Call) -> str | None:
    """The contact's id, creating or updating the contact if the rule gave fields. None: not possible now."""
    if isinstance(call.contact, ContactById):
        return call.contact.contact_id
    credentials = credentials_of(ringer, call)
    if credentials is None:
        await _wait_for_account(ringer, call)
        return None
    if await ringer.ledger.dials.renew(call.hold(), now=ringer.now(), lease=ringer.timing.lease) is Transition.STALE:
        return None
    reach("resolve", "before")
    answer = await ringer.dialer.resolve_contact(call.contact, credentials)
    reach("resolve", "after")
    if isinstance(answer, ContactResolved):
        await ringer.ledger.dials.renew(call.hold(), now=ringer.now(), lease=ringer.timing.lease)
        return answer.contact_id
    await _contact_not_resolved(ringer, call, answer)
    return None


async def grant(ringer: Ringer, call: Call, contact_id: str, verdicts: Sequence[Verdict]) -> DialOrder | None:
    """Permission to send one request, if everything still holds at this instant. None: refused, and recorded."""
    start_by = ringer.monotonic() + ringer.timing.start_budget.total_seconds()
    terms = terms_of(ringer, call, contact_id, verdicts)
    if terms is None or credentials_of(ringer, call) is None:
        await _wait_for_account(ringer, call)
        return None
    try:
        granted = await ringer.ledger.dials.grant(
            call.hold(), terms, now=ringer.now(), deadline=ringer.timing.deadline, verdicts=verdicts
        )
    except LedgerUnavailable:
        # The grant may have been written and its answer lost: say that nothing was sent, once Redis is back.
        await finish(ringer, call, Unsent(reason=Reason.NOT_STARTED, detail="the grant's answer was lost"))
        return None
    if granted.answer not in {GrantAnswer.GRANTED, GrantAnswer.REPEATED}:
        return None
    return DialOrder(
        call_id=call.id,
        from_number_id=call.from_number_id,
        contact_id=contact_id,
        campaign_id=call.campaign_id,
        start_by=start_by,
    )


async def dial(ringer: Ringer, call: Call, order: DialOrder) -> Outcome:
    """The one request. Whatever happens is an outcome."""
    credentials = credentials_of(ringer, call)
    if credentials is None:
        return Unsent(reason=Reason.ACCOUNT_STOPPED, detail="the account has no token", stops_account=True)
    return await ringer.dialer.dial(order, credentials)


async def finish(ringer: Ringer, call: Call, outcome: Outcome) -> None:
    """Write the outcome, trying again while Redis is away: until the deadline makes it UNKNOWN by itself."""
    give_up = ringer.monotonic() + ringer.timing.deadline.total_seconds()
    wait = 0.05
    while True:
        now = ringer.now()
        retry_at = now + backoff(ringer, call.unsent, outcome) if isinstance(outcome, Unsent) else None
        try:
            await ringer.ledger.dials.finish(call.hold(), outcome, now=now, retry_at=retry_at)
        except LedgerUnavailable:
            if ringer.monotonic() > give_up:
                raise
            await asyncio.sleep(wait)
            wait = min(wait * 2, 2.0)
        else:
            return


def backoff(ringer: Ringer, unsent: int, outcome: Unsent) -> timedelta:
    """How long until the next try: what the API asked for, else full jitter that doubles up to a limit."""
    if outcome.stops_account:
        return ringer.timing.account_probe
    span: timedelta = min(ringer.timing.retry_first * 2 ** min(unsent, 16), ringer.timing.retry_longest)
    jittered = span * ringer.jitter()
    return max(outcome.retry_after, jittered) if outcome.retry_after is not None else jittered


def facts_of(call: Call, rulebook: Rulebook) -> CallFacts:
    """What the guards may look at, under the policy in force now."""
    return CallFacts(
        call_id=call.id,
        source=call.source,
        rule=call.rule,
        number=call.number,
        account=call.account,
        phone=phone_of(call.contact, call.person_keys),
        contact_id=call.contact_id,
        priority=call.priority,
        accepted_at=call.created_at,
        expires_at=call.expires_at,
        regions=None if call.regions is None else frozenset(call.regions),
        zones=call.zones,
        consent=call.consent,
        us_state=call.us_state,
        policy=rulebook.policy_for(call.rule),
        released=call.released,
    )


def terms_of(ringer: Ringer, call: Call, contact_id: str, verdicts: Sequence[Verdict]) -> GrantTerms | None:
    """What the grant checks again. None when the call's number is no longer configured."""
    rulebook = ringer.rulebook()
    number, account = rulebook.number(call.number), rulebook.account(call.account)
    if number is None or account is None:
        return None
    valid_until = _valid_until(verdicts)
    paces = ((f"number:{call.number}", number.pace), (f"account:{call.account}", account.pace))
    return GrantTerms(
        contact_id=contact_id,
        person_keys=tuple(dict.fromkeys((*call.person_keys, f"id:{call.account}:{contact_id}"))),
        caps=_caps(rulebook.policy_for(call.rule).caps.per_person),
        subjects=subjects_of(call.contact, call.person_keys, contact_id),
        valid_until=None if valid_until == _NEVER else valid_until - ringer.timing.start_budget,
        rates=tuple(rate for key, pace in paces for rate in _rates(key, pace)),
        concurrencies=tuple(
            Concurrency(key=key, limit=pace.concurrent) for key, pace in paces if pace.concurrent is not None
        ),
    )


def _valid_until(verdicts: Sequence[Verdict]) -> datetime:
    return min((verdict.valid_until for verdict in verdicts if verdict.valid_until is not None), default=_NEVER)


def credentials_of(ringer: Ringer, call: Call) -> Credentials | None:
    """Who asks the call API; None when the account is gone or has no token."""
    return credentials_for(ringer, call.account)


def credentials_for(ringer: Ringer, name: str) -> Credentials | None:
    """The same for an account by its name."""
    account = ringer.rulebook().account(name)
    if account is None:
        return None
    if ringer.sandbox:
        return Credentials(account=name, token=SANDBOX_TOKEN, organization=account.organization)
    token = account.token.get_secret_value() if account.token is not None else ""
    return Credentials(account=name, token=token, organization=account.organization) if token else None


def _rates(key: str, pace: Pace) -> list[RateLimit]:
    limits = ((_SECOND, pace.per_second), (_HOUR, pace.per_hour), (_DAY, pace.per_day))
    return [RateLimit(key=key, per=per, limit=limit) for per, limit in limits if limit is not None]


def _caps(person: PersonCaps) -> tuple[RateLimit, ...]:
    limits = ((_DAY, person.per_day), (_WEEK, person.per_week))
    return tuple(RateLimit(key="person", per=per, limit=limit) for per, limit in limits if limit is not None)


async def _contact_not_resolved(ringer: Ringer, call: Call, answer: Refused | Unsent) -> None:
    now, dials = ringer.now(), ringer.ledger.dials
    if isinstance(answer, Refused):
        await dials.skip(call.hold(), reason=answer.reason, detail=answer.detail, now=now)
        return
    if answer.stops_account:
        await ringer.ledger.actions.stop_account(
            call.account, reason=answer.detail, now=now, probe_after=ringer.timing.account_probe
        )
    await dials.defer(
        call.hold(),
        not_before=now + backoff(ringer, call.unsent, answer),
        reason=answer.reason,
        detail=answer.detail,
        tried=True,
        now=now,
    )


async def _wait_for_account(ringer: Ringer, call: Call) -> None:
    now = ringer.now()
    reason = Reason.NUMBER_UNKNOWN if ringer.rulebook().number(call.number) is None else Reason.ACCOUNT_STOPPED
    await ringer.ledger.dials.defer(
        call.hold(),
        not_before=now + ringer.timing.account_probe,
        reason=reason,
        detail="not configured: the number, its account, or the account's token",
        now=now,
    )
