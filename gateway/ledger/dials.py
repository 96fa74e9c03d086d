"""A worker's way with a call: claim, look, resolve, grant, finish. Every write shows owner and fence."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import orjson

from gateway.ledger.breakers import USUAL_BREAKER, Breaker, breaker_arguments
from gateway.ledger.connection import Connection
from gateway.ledger.damage import readable
from gateway.ledger.decoding import call_of, fields_of, reason_of
from gateway.ledger.encoding import contact_key, dumps, facts_json, person_key, subject_key, verdict_fields
from gateway.ledger.instants import from_ms, span_ms, to_ms
from gateway.ledger.intake import fresh_nonce
from gateway.ledger.marks import Mark, mark_of
from gateway.ledger.outcomes import finish_arguments
from gateway.ledger.records import Claims, Grant, GrantAnswer, Hold, Transition
from gateway.ledger.terms import Concurrency, GrantTerms, NumberTerms, RateLimit
from gateway.model import Outcome, Verdict
from gateway.reasons import Reason

NOTHING: Mapping[str, int] = MappingProxyType({})


class Dials:
    """From a due call to its outcome."""

    def __init__(self, connection: Connection, *, nonce: Callable[[], str] = fresh_nonce) -> None:
        self._connection = connection
        self._nonce = nonce

    async def claim(
        self,
        owner: str,
        *,
        limit: int,
        now: datetime,
        lease: timedelta,
        mark: Mark | None = None,
        tolerance: timedelta | None = None,
        few: int = 0,
        had: Mapping[str, int] = NOTHING,
    ) -> Claims:
        """READY → CLAIMED for up to `limit` due calls, the most urgent first: priority, then the freshest.

        `owner` must name one run of one worker: a repeat from the same owner is taken for the same request.
        With a `mark` that knows of more grants than the ledger does, nothing is claimed and `forgot` is set.
        Nor when `now` is further from Redis's clock than `tolerance`: then `refused` is set.
        Calls of a stopped account are set aside until it is resumed, so they are not handed out in circles.

        While at most `few` are due they are handed out READY, without a write: their hold takes them up with the first
        write that shows it, and others may be handed them too. Then `owner` must be another for each request, and
        `had` be the calls that the worker has so, with their fences: it is not handed them again.
        """
        answer = await self._connection.run(
            "claim",
            to_ms(now),
            owner,
            limit,
            to_ms(now + lease),
            self._nonce(),
            "" if mark is None else str(mark),
            "" if tolerance is None else span_ms(tolerance),
            few,
            "\n".join(f"{call_id} {fence}" for call_id, fence in had.items()),
        )
        return _claims(answer)

    async def renew(self, hold: Hold, *, now: datetime, lease: timedelta) -> Transition:
        """Push the lease out, unless it has already been lost."""
        return await self._write("renew", hold, now, to_ms(now + lease))

    async def defer(
        self,
        hold: Hold,
        *,
        not_before: datetime,
        reason: Reason,
        detail: str = "",
        verdicts: Sequence[Verdict] = (),
        tried: bool = False,
        now: datetime,
    ) -> Transition:
        """CLAIMED → READY, not before `not_before`; EXPIRED instead if that is past its limit and `now` is too.

        `tried` counts it among the tries in a row that came to nothing, by which the next one is put off longer.
        """
        given = (to_ms(not_before), reason, detail, verdict_fields(verdicts), _facts(verdicts), "1" if tried else "")
        return await self._write("defer", hold, now, *given)

    async def hold_back(
        self, hold: Hold, *, reason: Reason, detail: str = "", verdicts: Sequence[Verdict] = (), now: datetime
    ) -> Transition:
        """CLAIMED → HELD: a person must decide."""
        return await self._write("hold_back", hold, now, reason, detail, verdict_fields(verdicts), _facts(verdicts))

    async def skip(
        self, hold: Hold, *, reason: Reason, detail: str = "", verdicts: Sequence[Verdict] = (), now: datetime
    ) -> Transition:
        """CLAIMED → SKIPPED (EXPIRED when the reason is EXPIRED)."""
        return await self._write("skip", hold, now, reason, detail, verdict_fields(verdicts), _facts(verdicts))

    async def grant(
        self,
        hold: Hold,
        terms: GrantTerms,
        *,
        now: datetime,
        deadline: timedelta,
        verdicts: Sequence[Verdict] = (),
        mark: Mark | None = None,
    ) -> Grant:
        """CLAIMED → DIALING, if everything still holds, in one write; the slots of pace are taken in it."""
        answer, reason, until, granted_until, *made_from = await self._connection.run(
            "grant",
            to_ms(now),
            hold.call_id,
            hold.owner,
            _fence(hold),
            to_ms(now + deadline),
            _terms(terms),
            verdict_fields(verdicts),
            _facts(verdicts),
            "" if mark is None else str(mark),
        )
        return Grant(
            answer=GrantAnswer(answer.decode()),
            reason=reason_of(reason.decode()),
            until=from_ms(int(until)) if until else None,
            deadline=from_ms(int(granted_until)) if granted_until else None,
            mark=mark_of(made_from[2]) if len(made_from) > 2 else None,
            **_made_from(made_from),
        )

    async def finish(
        self,
        hold: Hold,
        outcome: Outcome,
        *,
        now: datetime,
        retry_at: datetime | None = None,
        breaker: Breaker = USUAL_BREAKER,
    ) -> Transition:
        """DIALING → PLACED, REJECTED, READY again at `retry_at` (Unsent; at once if not given), or UNKNOWN.

        UNKNOWN → PLACED or REJECTED too, as late proof under the same fence. Proved unsent gives the slots of
        pace back. An Unsent with `stops_account` stops the account in the same write, and so does one outcome
        without a plain answer too many in a row.
        """
        meaning = finish_arguments(outcome, now=now, retry_at=retry_at or now)
        granted = replace(hold, till=None)
        return await self._write("finish", granted, now, *meaning, *breaker_arguments(outcome, breaker, now=now))

    async def _write(self, script: str, hold: Hold, now: datetime, *arguments: str | int | bytes) -> Transition:
        answer = await self._connection.run(script, to_ms(now), hold.call_id, hold.owner, _fence(hold), *arguments)
        return Transition(answer.decode())


def _claims(answer: Sequence[Any]) -> Claims:
    seconds, micros, next_due, calls, grants, no = answer
    found = readable(calls, lambda one: call_of(one[0].decode(), fields_of(one[1]), unlisted=one[2] == 1, handed=True))
    return Claims(
        calls=found,
        unread=len(calls) - len(found),
        redis_now=from_ms(0) + timedelta(seconds=int(seconds), microseconds=int(micros)),
        next_due=from_ms(int(next_due)) if next_due else None,
        grants=int(grants),
        forgot=no == 1,
        refused=no == 2,
    )


def _fence(hold: Hold) -> str:
    """As lua/shared/2_holds.lua reads it."""
    return str(hold.fence) if hold.till is None else f"{hold.fence} {to_ms(hold.till)}"


def _made_from(answer: Sequence[bytes]) -> dict[str, str]:
    names = ("number", "from_number_id")
    return {name: value.decode() for name, value in zip(names, answer, strict=False) if value}


def _gates(rates: Sequence[RateLimit], concurrencies: Sequence[Concurrency]) -> list[str]:
    slots = [f"C:{slot.limit}:{slot.key}" for slot in concurrencies]
    return slots + [f"R:{rate.limit}:{span_ms(rate.per)}:{rate.key}" for rate in rates]


def _terms(terms: GrantTerms) -> str:
    limits = _limits(terms.rates, terms.concurrencies, terms.caps, terms.numbers, terms.patience)
    return dumps(
        {
            "contact_id": terms.contact_id,
            "contact": "" if terms.by_id else contact_key(terms.contact_id),
            "people": " ".join(dict.fromkeys(person_key(key) for key in terms.person_keys)),
            "subjects": " ".join(subject_key(subject) for subject in terms.subjects),
            "valid_until": 0 if terms.valid_until is None else to_ms(terms.valid_until),
            "limits": orjson.Fragment(limits),
        }
    )


@lru_cache(maxsize=1024)
def _limits(
    rates: tuple[RateLimit, ...],
    concurrencies: tuple[Concurrency, ...],
    caps: tuple[RateLimit, ...],
    numbers: tuple[NumberTerms, ...],
    patience: timedelta,
) -> str:
    """What is the same for all calls of a rule by a number, written once."""
    longest: dict[str, int] = {}
    for rate in (*rates, *(rate for number in numbers for rate in number.rates)):
        longest[rate.key] = max(longest.get(rate.key, 0), span_ms(rate.per))
    slots = (*concurrencies, *(slot for number in numbers for slot in number.concurrencies))
    return dumps(
        {
            "caps": [{"limit": cap.limit, "window": span_ms(cap.per)} for cap in caps],
            "gates": _gates(rates, concurrencies),
            "numbers": [
                {"name": one.name, "from": one.from_number_id, "gates": _gates(one.rates, one.concurrencies)}
                for one in numbers
            ],
            "patience": span_ms(patience),
            "talk": {slot.key: span_ms(slot.talk) for slot in slots if slot.talk},
            "longest": longest,
        }
    )


def _facts(verdicts: Sequence[Verdict]) -> str:
    """What the guard that decided knew, for the history: that of the last one that did not allow."""
    denied = [verdict for verdict in verdicts if not verdict.allow]
    return facts_json({"guard": denied[-1].guard, **denied[-1].facts}) if denied else ""
