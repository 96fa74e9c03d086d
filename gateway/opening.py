"""What a receiver waits for before it takes webhooks: a Redis that keeps them, and proof of the sandbox."""

import asyncio

import httpx
import structlog

from gateway.errors import ConfigInvalid, LedgerUnavailable, Problem
from gateway.ledger.connection import Connection
from gateway.rules.rulebook import Rulebook
from gateway.settings import Settings
from gateway.startup import has_shipped_secret

SANDBOX_PROOF = "/.well-known/dialgate-sandbox"

_FIRST_WAIT = 0.1
_LONGEST_WAIT = 2.0
_SANDBOX_TRIES = 8  # about seven seconds: `up` starts both at once

log = structlog.stdlib.get_logger("dialgate.app")


async def wait_for_ledger(connection: Connection, *, refuse: bool) -> None:
    """Returns once Redis answers, waiting while it is away. Raises ConfigInvalid if it may lose data and `refuse`."""
    wait = _FIRST_WAIT
    while True:
        try:
            faults = await connection.check_durability()
            break
        except LedgerUnavailable as error:
            log.warning("redis_away", error=str(error), retry_in=wait)
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)
    for fault in faults:
        log.warning("redis_not_durable", fault=fault)
    if faults and refuse:
        message = "may lose what it acknowledges: " + "; ".join(faults)
        raise ConfigInvalid([Problem(file="Redis at DIALGATE_REDIS_URL", line=0, column=0, message=message)])


async def prove_sandbox(settings: Settings, rulebook: Rulebook) -> None:
    """With a source behind a shipped secret: returns once the call API says that it is our sandbox.

    Raises ConfigInvalid when something else answers there, or nothing does within seconds.
    """
    if not any(has_shipped_secret(source.secrets, source.path_token) for source in rulebook.sources.values()):
        return
    wait, address = _FIRST_WAIT, settings.call_api_url.rstrip("/") + SANDBOX_PROOF
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=2.0) as client:
        for _ in range(_SANDBOX_TRIES):
            try:
                answer = await client.get(address)
            except httpx.HTTPError:
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT)
                continue
            if _says_sandbox(answer):
                return
            break
    message = "a source is guarded by a shipped secret, and what answers here did not prove to be the sandbox"
    raise ConfigInvalid([Problem(file=settings.call_api_url, line=0, column=0, message=message)])


def _says_sandbox(answer: httpx.Response) -> bool:
    try:
        return answer.status_code == httpx.codes.OK and answer.json() == {"sandbox": True}
    except ValueError:
        return False
