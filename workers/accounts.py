"""Stopped accounts: asked now and then whether they work again, and let go on when they do."""

import asyncio
from datetime import datetime, timedelta

import structlog

from gateway.ledger.records import AccountStatus
from gateway.parts import Ringer
from gateway.ringing import credentials_for

log = structlog.get_logger("dialgate.accounts")

_ACTOR = "account probe"


async def probe_stopped_accounts(ringer: Ringer) -> None:
    """Probe each account whose time has come; no call is ever placed for it.

    One that works is resumed, its waiting calls become due; the others are asked again later.
    """
    now = ringer.now()
    due = [status for status in await ringer.ledger.actions.accounts() if _is_due(status, now)]
    await asyncio.gather(*(_probe(ringer, status) for status in due))


async def _probe(ringer: Ringer, status: AccountStatus) -> None:
    credentials = credentials_for(ringer, status.account)
    wrong = "not configured, or without a token" if credentials is None else await ringer.dialer.probe(credentials)
    now, actions = ringer.now(), ringer.ledger.actions
    if wrong is None:
        await actions.resume_account(status.account, actor=_ACTOR, now=now)
        log.info("account.resumed", account=status.account)
        return
    pause = max(ringer.timing.ailing_probe if status.ailing else ringer.timing.account_probe, timedelta(0))
    await actions.stop_account(status.account, reason=wrong, now=now, probe_after=pause)
    next_probe = (now + pause).isoformat(timespec="seconds")
    log.error("account.stopped", account=status.account, why=wrong, since=str(status.since), next_probe=next_probe)


def _is_due(status: AccountStatus, now: datetime) -> bool:
    return status.stopped and (status.probe_at is None or status.probe_at <= now)
