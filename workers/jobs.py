"""The RQ jobs. A wake-up says how many calls may be due; which are rung is the ledger's order."""

import asyncio
import os

from gateway.failpoints import reach
from gateway.logs import configure_logging
from workers.capacity import calls_at_once
from workers.dialing import DialingLoop
from workers.enriching import EnrichingLoop, enricher_for
from workers.handover import ENRICHING, HANDOVER, NOTIFYING, PATIENCE_SECONDS
from workers.journal.disk import own_journal
from workers.journal.tending import tended
from workers.notifying import NotifyingLoop, notifier_for
from workers.runtime import (
    Environment,
    owner_name,
    read_environment,
    ringer_for,
    wait_for_durable_redis,
    wait_for_sandbox,
)


def enrich(*event_ids: str) -> None:
    """Fetch the records of as many waiting events as there are ids, and decide them; nothing due: nothing happens.

    Like `dial`: handed to the loop of `dialgate work --queue enrich`, or done here under a stock `rq worker`.
    """
    if ENRICHING.give(patience=PATIENCE_SECONDS):
        return
    environment = read_environment(os.environ)
    configure_logging(environment.settings.log_level)
    asyncio.run(_fetch_due(environment, limit=len(event_ids)))


async def _fetch_due(environment: Environment, *, limit: int) -> None:
    await wait_for_durable_redis(environment.settings)
    async with enricher_for(environment) as enricher:
        await EnrichingLoop(enricher).run_once(limit=limit)


def notify(*notice_ids: str) -> None:
    """Send as many due messages to endpoints as there are ids; nothing due: nothing happens.

    Like `dial`: handed to the loop of `dialgate work --queue notify`, or done here under a stock `rq worker`.
    """
    if NOTIFYING.give(patience=PATIENCE_SECONDS):
        return
    environment = read_environment(os.environ)
    configure_logging(environment.settings.log_level)
    asyncio.run(_send_due(environment, limit=len(notice_ids)))


async def _send_due(environment: Environment, *, limit: int) -> None:
    await wait_for_durable_redis(environment.settings)
    async with notifier_for(environment) as notifier:
        await NotifyingLoop(notifier).run_once(limit=limit)


def dial(*call_ids: str) -> None:
    """Ring as many due calls as there are ids, the most urgent first; nothing due: nothing happens.

    In `dialgate work` the count is handed to the process's dialling loop, waiting while that is full. Under a
    stock `rq worker` the calls are rung inside the job, with everything taken from the environment. May run
    any number of times: what is rung is decided by the ledger alone.
    """
    reach("job", "begun")
    if HANDOVER.give(patience=PATIENCE_SECONDS):
        return
    environment = read_environment(os.environ)
    configure_logging(environment.settings.log_level)
    asyncio.run(_ring_due(environment, limit=len(call_ids)))


async def _ring_due(environment: Environment, *, limit: int) -> None:
    await wait_for_durable_redis(environment.settings)
    await wait_for_sandbox(environment.settings)
    with own_journal(environment.settings) as journal:
        async with ringer_for(environment, journal) as ringer, tended(ringer.ledger, journal, now=ringer.now):
            at_once = calls_at_once(environment.settings.worker_concurrency)
            loop = DialingLoop(ringer, owner=owner_name(), concurrency=at_once)
            left = limit
            while left > 0 and (claimed := await loop.run_once(limit=left)):
                left -= claimed
