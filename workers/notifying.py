"""The notifying loop: sends what endpoints are to hear of, each message until it is taken or given up."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog

from gateway.errors import LedgerUnavailable
from gateway.failpoints import reach
from gateway.ledger import Ledger
from gateway.ledger.connection import Connection
from gateway.ledger.notices import Notice, NoticeState, Sent
from gateway.ledger.timekeeping import Timekeeper
from gateway.model import record
from gateway.rules.endpoints import Endpoint, endpoint_of
from gateway.rules.rulebook import Rulebook
from workers.clock import system_now
from workers.leased_loop import LeasedLoop
from workers.posting import Answer, Poster
from workers.runtime import Environment, owner_name
from workers.telling import message, signed_headers

log = structlog.get_logger("dialgate.notifying")

_CONCURRENCY = 32
_SHARE = 4  # of them, for one endpoint


@record
class Notifier:
    """What sending works with. `jitter` gives a number in [0, 1)."""

    ledger: Ledger
    rulebook: Callable[[], Rulebook]
    poster: Poster
    now: Callable[[], datetime]
    jitter: Callable[[], float]
    owner: str
    sandbox: bool = False
    lease: timedelta = timedelta(seconds=45)  # longer than a POST may take
    retry_first: timedelta = timedelta(seconds=5)
    retry_longest: timedelta = timedelta(hours=1)


class NotifyingLoop(LeasedLoop[Notice]):
    """Sends up to 32 messages at once, up to 4 to one endpoint."""

    def __init__(self, notifier: Notifier) -> None:
        clock = Timekeeper(notifier.ledger.connection, notifier.now, "notify")
        super().__init__(concurrency=_CONCURRENCY, clock=clock)
        self._notifier = notifier
        self._busy: Counter[str] = Counter()

    async def claim(self, limit: int) -> Sequence[Notice]:
        """Messages that are due."""
        notifier = self._notifier
        notices = await notifier.ledger.notices.claim(
            notifier.owner, limit=limit, now=notifier.now(), lease=notifier.lease, share=_SHARE, busy=+self._busy
        )
        self._busy.update(notice.endpoint for notice in notices)
        return notices

    async def complete(self, item: Notice) -> None:
        """One message, sent once. What goes wrong here leaves it to its lease: it is sent again."""
        try:
            sent = await deliver(self._notifier, item)
            log.info(
                "notice.sent", notice=item.id, endpoint=item.endpoint, outcome=sent.outcome.value, tries=item.tries
            )
        except LedgerUnavailable as error:
            log.warning("notice.left", notice=item.id, error=str(error))
        except Exception:
            log.exception("notice.crashed", notice=item.id)
        finally:
            self._busy[item.endpoint] -= 1

    def room_came(self, task: object) -> bool:
        """Always: its endpoint may have had its share under way."""
        del task
        return True


async def deliver(notifier: Notifier, notice: Notice) -> Sent:
    """Send a leased notice once, and write down what came of it. Raises LedgerUnavailable."""
    sent = await _send(notifier, notice)
    await notifier.ledger.notices.finish(notice, notifier.owner, sent, now=notifier.now())
    if sent.outcome is NoticeState.FAILED:
        log.error("notice.given_up", notice=notice.id, endpoint=notice.endpoint, said=sent.said, tries=notice.tries)
    return sent


async def _send(notifier: Notifier, notice: Notice) -> Sent:
    endpoint = _endpoint(notifier.rulebook(), notice.endpoint)
    if endpoint is None:
        return Sent(outcome=NoticeState.FAILED, said="the endpoint is no longer configured", asked=False)
    call = await notifier.ledger.reads.call(notice.call_id)
    if call is None:
        return Sent(outcome=NoticeState.FAILED, said="the call is no longer kept", asked=False)
    event = await notifier.ledger.reads.event(call.event_id)
    body = message(notice, call, event, endpoint, sandbox=notifier.sandbox)
    answer = await notifier.poster.post(endpoint, signed_headers(notice.id, body, endpoint, notifier.now()), body)
    reach("notify", "posted")
    return _judge(notifier, notice, answer)


def _judge(notifier: Notifier, notice: Notice, answer: Answer) -> Sent:
    if answer.taken:
        return Sent(outcome=NoticeState.DELIVERED, said=answer.said)
    next_at = notifier.now() + max(_backoff(notifier, notice.tries), answer.pause or timedelta())
    if answer.gone or next_at > notice.since + notifier.ledger.notices.keeping.tried:
        return Sent(outcome=NoticeState.FAILED, said=answer.said)
    return Sent(outcome=NoticeState.WAITING, said=answer.said, next_at=next_at, pause=answer.pause)


def _backoff(notifier: Notifier, tries: int) -> timedelta:
    """Three times as long each time, between half of it and all of it, so that many do not come at once."""
    grown: int = 3 ** min(tries - 1, 12)
    return min(notifier.retry_first * grown, notifier.retry_longest) * (0.5 + notifier.jitter() / 2)


def _endpoint(rulebook: Rulebook, name: str) -> Endpoint | None:
    config = rulebook.config.notify.get(name)
    return None if config is None else endpoint_of(name, config)


@asynccontextmanager
async def notifier_for(environment: Environment) -> AsyncIterator[Notifier]:
    """The notifying half on its own connection, closed in the end."""
    settings = environment.settings
    connection = Connection.open(settings.redis_url.get_secret_value(), replicas=settings.redis_replicas)
    try:
        yield Notifier(
            ledger=Ledger.on(connection),
            rulebook=lambda: environment.keeper.current,
            poster=Poster(allow_private=settings.notify_private, now=system_now),
            now=system_now,
            jitter=random.random,
            owner=owner_name(),
            sandbox=settings.sandbox,
        )
    finally:
        await connection.close()
