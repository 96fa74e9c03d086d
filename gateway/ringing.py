"""A worker's stages: from a claimed call to its outcome in the ledger."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from gateway import granting, guards
from gateway.contacts import phone_of
from gateway.contracts import CallFacts, ContactResolved, Credentials, DialOrder, Scrub
from gateway.do_not_call import subjects_of
from gateway.errors import LedgerUnavailable
from gateway.failpoints import reach
from gateway.journal import Ending, Note
from gateway.ledger import Ledger
from gateway.ledger.breakers import Breaker
from gateway.ledger.records import Call, GrantAnswer, Transition
from gateway.model import ContactById, Outcome, Refused, Unsent, Verdict
from gateway.parts import Ringer
from gateway.reasons import Reason
from gateway.rules.rulebook import Rulebook
from gateway.rules.scrubbing import scrubs_of

log = structlog.get_logger("dialgate.ringing")

SANDBOX_TOKEN = "00000000-0000-4000-8000-000000000000.sandbox"  # noqa: S105 - opens nothing but the sandbox
_WRITTEN = frozenset({Transition.DONE, Transition.REPEATED})


async def look(ringer: Ringer, call: Call) -> tuple[Verdict, ...] | None:
    """Ask the guards that only look. None: the call was put back, held or ended, with the reason recorded.

    Asked for now and for the latest instant the request may start at: a window may not close in between.
    """
    now, hold = ringer.now(), call.hold()
    facts = await look_up(ringer.ledger, call, ringer.rulebook())
    verdicts = guards.look(ringer.guards, facts, now)
    last_start = now + ringer.timing.start_budget
    if verdicts and verdicts[-1].allow and granting.valid_until_of(verdicts) <= last_start:
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


async def look_up(ledger: Ledger, call: Call, rulebook: Rulebook) -> CallFacts:
    """All that guards may look at now: the call, the policy in force, and what the ledger's lists say."""
    listed = await _listed(ledger, call)
    return facts_of(call, rulebook, listed=listed, scrubs=await _scrubs(ledger, call, rulebook))


async def _listed(ledger: Ledger, call: Call) -> tuple[str, ...] | None:
    """By what the person is on the do-not-call list; None when it cannot be read, and then nobody is dialled.

    The claim has just asked for all a call was accepted with, and the grant asks again: in between it is asked only for
    a call whose contact is still to be made, for a person who opted out is never created.
    """
    if call.unlisted and isinstance(call.contact, ContactById):
        return ()
    try:
        found = await ledger.do_not_call.find(subjects_of(call.contact, call.person_keys, call.contact_id))
    except LedgerUnavailable as error:
        log.warning("do_not_call.unread", call=call.id, error=str(error))
        return None
    return tuple(sorted({entry.subject.kind for entry in found}))


async def _scrubs(ledger: Ledger, call: Call, rulebook: Rulebook) -> tuple[Scrub, ...] | None:
    """The registries the call is under and how old they are; None when that cannot be read."""
    lists = rulebook.lists_for(call.rule)
    if not lists:
        return ()
    try:
        marks = await ledger.scrubs.find(tuple(lists))
    except LedgerUnavailable:
        return None
    return scrubs_of(lists, {name: mark.at for name, mark in marks.items()})


async def resolve(ringer: Ringer, call: Call) -> str | None:
    """The contact's id, creating or updating the contact if the rule gave fields. None: not possible now."""
    if isinstance(call.contact, ContactById):
        return call.contact.contact_id
    credentials = credentials_of(ringer, call)
    if credentials is None:
        await _wait_for_account(ringer, call)
        return None
    if await ringer.ledger.dials.renew(call.hold(), now=ringer.now(), lease=ringer.timing.lease) not in _WRITTEN:
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
    terms = granting.terms_of(
        ringer.rulebook(),
        call,
        contact_id,
        verdicts,
        lambda: facts_of(call, ringer.rulebook()),
        now=ringer.now(),
        start_budget=ringer.timing.start_budget,
    )
    if terms is None or credentials_of(ringer, call) is None:
        await _wait_for_account(ringer, call)
        return None
    try:
        granted = await ringer.ledger.dials.grant(
            call.hold(),
            terms,
            now=ringer.now(),
            deadline=ringer.timing.deadline,
            verdicts=verdicts,
            mark=ringer.journal.mark,
        )
    except LedgerUnavailable:
        # The grant may have been written and its answer lost: say that nothing was sent, once Redis is back.
        await finish(ringer, call, Unsent(reason=Reason.NOT_STARTED, detail="the grant's answer was lost"))
        return None
    if granted.answer not in {GrantAnswer.GRANTED, GrantAnswer.REPEATED}:
        return None
    if granted.mark is not None and not ringer.journal.granted(call.hold(), granted.mark, ringer.now()):
        await finish(ringer, call, Unsent(reason=Reason.NOT_STARTED, detail="this worker's journal cannot be written"))
        return None
    return DialOrder(
        call_id=call.id,
        from_number_id=granted.from_number_id or call.from_number_id,
        contact_id=contact_id,
        campaign_id=call.campaign_id,
        start_by=start_by,
    )


async def dial(ringer: Ringer, call: Call, order: DialOrder) -> Outcome:
    """The one request, which was granted. Whatever happens is an outcome."""
    ringer.granted(call)
    credentials = credentials_of(ringer, call)
    if credentials is None:
        return Unsent(reason=Reason.ACCOUNT_STOPPED, detail="the account has no token", stops_account=True)
    return await ringer.dialer.dial(order, credentials)


async def finish(ringer: Ringer, call: Call, outcome: Outcome) -> None:
    """Write the outcome: into this worker's journal, then into the ledger, trying again while Redis is away.

    Until the deadline, which makes it UNKNOWN by itself; whatever the ledger does not have then, or whatever ends this
    before, the journal keeps and writes as soon as it can, as late proof.
    """
    retry_at = ringer.now() + backoff(ringer, call.unsent, outcome) if isinstance(outcome, Unsent) else None
    with ringer.journal.noted(Ending(hold=call.hold(), outcome=outcome, retry_at=retry_at)) as note:
        await _write(ringer, call, outcome, retry_at, note)


async def _write(ringer: Ringer, call: Call, outcome: Outcome, retry_at: datetime | None, note: Note) -> None:
    give_up = ringer.monotonic() + ringer.timing.deadline.total_seconds()
    wait, breaker = 0.05, _breaker_of(ringer, call)
    while True:
        try:
            answer = await ringer.ledger.dials.finish(
                call.hold(), outcome, now=ringer.now(), retry_at=retry_at, breaker=breaker
            )
        except LedgerUnavailable:
            await note.secure()
            if ringer.monotonic() > give_up:
                raise
            await asyncio.sleep(wait)
            wait = min(wait * 2, 2.0)
        else:
            if answer in _WRITTEN:  # any other: the ledger may have been set back, which is looked into later
                note.settle()
            return


def _breaker_of(ringer: Ringer, call: Call) -> Breaker:
    account = ringer.rulebook().account(call.account)
    doubts = None if account is None else account.ailing_after
    return Breaker(doubts=doubts, probe_after=ringer.timing.ailing_probe)


def backoff(ringer: Ringer, unsent: int, outcome: Unsent) -> timedelta:
    """How long until the next try: what the API asked for, else full jitter that doubles up to a limit."""
    if outcome.stops_account:
        return ringer.timing.account_probe
    span: timedelta = min(ringer.timing.retry_first * 2 ** min(unsent, 16), ringer.timing.retry_longest)
    jittered = span * ringer.jitter()
    return max(outcome.retry_after, jittered) if outcome.retry_after is not None else jittered


def facts_of(
    call: Call, rulebook: Rulebook, *, listed: tuple[str, ...] | None = None, scrubs: tuple[Scrub, ...] | None = None
) -> CallFacts:
    """What the guards may look at, under the policy in force now; None where the ledger's lists were not read."""
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
        address=call.address,
        policy=rulebook.policy_for(call.rule),
        listed=listed,
        scrubs=scrubs,
        beside=rulebook.hours_beside(call.source, call.number),
        released=call.released,
    )


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


async def _contact_not_resolved(ringer: Ringer, call: Call, answer: Refused | Unsent) -> None:
    now, dials = ringer.now(), ringer.ledger.dials
    if isinstance(answer, Refused):
        await dials.skip(call.hold(), reason=answer.reason, detail=answer.detail, now=now)
        return
    breaker = _breaker_of(ringer, call)
    await ringer.ledger.actions.doubt_account(call.account, answer, breaker=breaker, now=now)
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
