"""A worker as a process of its own: claims, asks for grants, finishes some, and is killed at any moment.

`python contenders.py URL SEED` works until it is killed, on the wall clock. What it did, the calls' histories tell.
"""

import asyncio
import contextlib
import itertools
import sys
from datetime import UTC, datetime, timedelta
from random import Random

from gateway.ledger import Ledger
from gateway.ledger.connection import Connection
from gateway.ledger.records import Call, GrantAnswer
from gateway.ledger.terms import Concurrency, GrantTerms, NumberTerms, RateLimit
from gateway.model import Outcome, Placed, Refused, Uncertain, Unsent
from gateway.reasons import Reason

LIMIT, PER_WINDOW, WINDOW = 4, 6, timedelta(milliseconds=1600)
TALK, DEADLINE, LEASE = timedelta(milliseconds=1000), timedelta(milliseconds=1200), timedelta(milliseconds=1200)
TERMS = tuple(
    NumberTerms(
        name=name,
        from_number_id=f"pn_{name}",
        rates=(RateLimit(key=f"number:{name}", per=WINDOW, limit=PER_WINDOW),),
        concurrencies=(Concurrency(key=f"number:{name}", limit=LIMIT, talk=TALK),),
    )
    for name in ("east", "west")
)
OUTCOMES: tuple[Outcome, ...] = (
    *(4 * (Placed(status=200, provider_call_id=None, response=""),)),
    Refused(reason=Reason.REFUSED, status=404, detail="no contact"),
    Refused(reason=Reason.NUMBER_REFUSED, status=400, detail="fromNumberId"),
    Unsent(reason=Reason.CONNECT_FAILED, detail=""),
    Uncertain(cause=Reason.RESPONSE_TIMEOUT, detail=""),
)


def now() -> datetime:
    """The wall clock: several processes share it."""
    return datetime.now(UTC)


async def last(seconds: float) -> None:
    """A request, or a look, takes this long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()


async def work(url: str, draws: Random) -> None:
    """Claim and ring for ever."""
    connection = Connection.open(url)
    ledger = Ledger.on(connection)
    owner = f"w{draws.random()}"
    for turn in itertools.count():
        claims = await ledger.dials.claim(f"{owner}.{turn}", limit=3, now=now(), lease=LEASE, few=draws.choice([0, 9]))
        await asyncio.gather(*(ring(ledger, call, draws) for call in claims.calls))
        await last(0.005)


async def ring(ledger: Ledger, call: Call, draws: Random) -> None:
    """One call: the grant, and an outcome after a while; or none, as if it had crashed."""
    contact = f"ct_{call.id}"
    terms = GrantTerms(contact_id=contact, person_keys=(), valid_until=None, numbers=TERMS)
    granted = await ledger.dials.grant(call.hold(), terms, now=now(), deadline=DEADLINE)
    if granted.answer is not GrantAnswer.GRANTED:
        return
    await last(draws.random() / 20)
    outcome = draws.choice(OUTCOMES)
    if draws.random() < 0.9:
        await ledger.dials.finish(call.hold(), outcome, now=now(), retry_at=now() + timedelta(milliseconds=50))


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], Random(int(sys.argv[2]))))
