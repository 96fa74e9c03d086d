"""What a grant is asked under: caps, pace, and the numbers the call may be made from.

A call that may be made from one of several numbers (`from: {by: …}`) has the one chosen when it was accepted. In the
grant another of them takes its place where that one is ailing, or its pace would let the call wait too long.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

from gateway.contracts import CallFacts
from gateway.do_not_call import subjects_of
from gateway.guards import hours
from gateway.ledger.records import Call
from gateway.ledger.terms import Concurrency, GrantTerms, NumberTerms, RateLimit
from gateway.model import ContactById, Verdict, record
from gateway.policy import Pace, PersonCaps
from gateway.rules.config import Account
from gateway.rules.from_number import FromChoice
from gateway.rules.rulebook import Rulebook

NEVER = datetime.max.replace(tzinfo=UTC)
_SECOND, _HOUR, _DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
_WEEK = timedelta(days=7)
_MOST_KEPT = 1000


@record
class _Standing:
    """What is the same for all calls of one rule by one number, as long as a rulebook is in force."""

    caps: tuple[RateLimit, ...]
    rates: tuple[RateLimit, ...]
    concurrencies: tuple[Concurrency, ...]
    numbers: tuple[NumberTerms, ...]
    patience: timedelta


_KEPT: WeakKeyDictionary[Rulebook, dict[tuple[str, ...], _Standing]] = WeakKeyDictionary()


def terms_of(
    rulebook: Rulebook,
    call: Call,
    contact_id: str,
    verdicts: Sequence[Verdict],
    facts: Callable[[], CallFacts],
    *,
    now: datetime,
    start_budget: timedelta,
) -> GrantTerms | None:
    """What the grant checks again. None when the call's number or account is no longer configured.

    `facts` are asked for only where the call may be made from another number: that one's hours are looked at.
    """
    account = rulebook.account(call.account)
    if account is None or rulebook.number(call.number) is None:
        return None
    standing, valid_until = _standing(rulebook, call, account), valid_until_of(verdicts)
    numbers = standing.numbers
    if call.numbers:
        numbers, until = _numbers(rulebook, call, facts, now, now + start_budget)
        valid_until = min(valid_until, until)
    by_id, id_key = isinstance(call.contact, ContactById), f"id:{call.account}:{contact_id}"
    return GrantTerms(
        contact_id=contact_id,
        person_keys=() if id_key in call.person_keys else (id_key,),
        caps=standing.caps,
        subjects=() if by_id and call.unlisted else subjects_of(call.contact, call.person_keys, contact_id),
        by_id=by_id,
        valid_until=None if valid_until == NEVER else valid_until - start_budget,
        rates=standing.rates,
        concurrencies=standing.concurrencies,
        numbers=numbers,
        patience=standing.patience,
    )


def _standing(rulebook: Rulebook, call: Call, account: Account) -> _Standing:
    kept = _KEPT.setdefault(rulebook, {})
    wanted = (call.rule, call.account, call.number, call.from_number_id)
    found = kept.get(wanted)
    if found is None:
        number = rulebook.number(call.number)
        found = kept[wanted] = _Standing(
            caps=caps_of(rulebook.policy_for(call.rule).caps.per_person),
            rates=_rates(f"account:{call.account}", account.pace),
            concurrencies=_slots(f"account:{call.account}", account.pace),
            numbers=() if number is None else (_number_terms(call.number, call.from_number_id, number.pace),),
            patience=_patience(rulebook, call.rule),
        )
        if len(kept) > _MOST_KEPT:
            del kept[next(iter(kept))]
    return found


def valid_until_of(verdicts: Sequence[Verdict]) -> datetime:
    """The first instant past which these verdicts are not to be relied on."""
    return min((verdict.valid_until for verdict in verdicts if verdict.valid_until is not None), default=NEVER)


def _numbers(
    rulebook: Rulebook, call: Call, facts: Callable[[], CallFacts], now: datetime, last_start: datetime
) -> tuple[tuple[NumberTerms, ...], datetime]:
    """The numbers it may be made from now, in the rule's order: configured, of its account, and lawful at this hour."""
    found, valid_until = [], NEVER
    for name in call.numbers:
        number = rulebook.number(name)
        if number is None or (name != call.number and number.account != call.account):
            continue
        if name != call.number:
            beside = replace(facts(), number=name, beside=rulebook.hours_beside(call.source, name))
            looked = [hours.look(beside, at) for at in (now, last_start)]
            if not all(verdict.allow for verdict in looked):
                continue
            valid_until = min(valid_until, valid_until_of(looked))
        found.append(_number_terms(name, call.from_number_id if name == call.number else number.id, number.pace))
    return tuple(found), valid_until


def _number_terms(name: str, from_number_id: str, pace: Pace) -> NumberTerms:
    key = f"number:{name}"
    return NumberTerms(
        name=name, from_number_id=from_number_id, rates=_rates(key, pace), concurrencies=_slots(key, pace)
    )


def _patience(rulebook: Rulebook, rule: str) -> timedelta:
    """How long a call of this rule waits for its number before another is taken; a rule that is gone has no choice."""
    specs = (one.call for one in rulebook.config.rules if one.name == rule)
    wanted = next((spec.from_ for spec in specs if spec is not None), None)
    return wanted.waits() if isinstance(wanted, FromChoice) else timedelta(0)


def _rates(key: str, pace: Pace) -> tuple[RateLimit, ...]:
    limits = ((_SECOND, pace.per_second), (_HOUR, pace.per_hour), (_DAY, pace.per_day))
    return tuple(RateLimit(key=key, per=per, limit=limit) for per, limit in limits if limit is not None)


def _slots(key: str, pace: Pace) -> tuple[Concurrency, ...]:
    if pace.concurrent is None:
        return ()
    return (Concurrency(key=key, limit=pace.concurrent, talk=pace.talk_time or timedelta(0)),)


def caps_of(person: PersonCaps) -> tuple[RateLimit, ...]:
    """The caps on one person's rings."""
    limits = ((_DAY, person.per_day), (_WEEK, person.per_week))
    return tuple(RateLimit(key="person", per=per, limit=limit) for per, limit in limits if limit is not None)
