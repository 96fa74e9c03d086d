"""What a worker or sweeper works with, wired from the environment: the only place in workers that does."""

import asyncio
import os
import random
import secrets
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import structlog

from gateway.errors import ConfigInvalid, Problem
from gateway.failpoints import arm
from gateway.guards import load_guards
from gateway.journal import NO_JOURNAL, Journal
from gateway.ledger import Ledger
from gateway.ledger.connection import Connection
from gateway.model import record
from gateway.opening import SANDBOX_PROOF, wait_for_ledger
from gateway.parts import Ringer, Timing
from gateway.rules.loading import RulebookKeeper
from gateway.settings import Settings, read_settings
from gateway.startup import refuse_to_start, start_problems
from workers.checker import HttpChecker
from workers.clock import seconds_awake_or_asleep, system_now
from workers.dialers import DialerOptions, load_dialers

log = structlog.get_logger("dialgate.worker")

_DIALER = "agentalk"
_LONGEST_WAIT = 5.0


@record
class Environment:
    """The settings and the rulebook in force, checked."""

    settings: Settings
    keeper: RulebookKeeper


def read_environment(environ: Mapping[str, str]) -> Environment:
    """Settings and rulebook of this process. Raises ConfigInvalid with everything that forbids starting."""
    arm(environ)
    settings = read_settings(environ)
    keeper = RulebookKeeper(settings.config, environ)
    refuse_to_start(settings, keeper.current)
    return Environment(settings=settings, keeper=keeper)


@asynccontextmanager
async def ringer_for(environment: Environment, journal: Journal = NO_JOURNAL) -> AsyncIterator[Ringer]:
    """The ringing half on its own connections, closed in the end. Whoever dials gives a journal."""
    settings = environment.settings
    deadline = timedelta(seconds=settings.deadline_seconds)
    half = deadline.total_seconds() / 2
    connection = Connection.open(settings.redis_url.get_secret_value(), replicas=settings.redis_replicas)
    # The sandbox has proved itself before anything is dialled, and its token opens nothing else.
    options = DialerOptions(
        total_seconds=half, read_seconds=half / 2, allow_plain_http=settings.sandbox, monotonic=seconds_awake_or_asleep
    )
    dialer = load_dialers()[_DIALER](settings.call_api_url, options)
    try:
        yield Ringer(
            ledger=Ledger.on(connection),
            rulebook=lambda: environment.keeper.current,
            dialer=dialer,
            guards=load_guards(),
            now=system_now,
            monotonic=seconds_awake_or_asleep,
            jitter=random.random,
            sandbox=settings.sandbox,
            timing=Timing(lease=deadline / 2, deadline=deadline),
            journal=journal,
            checker=HttpChecker(allow_private=settings.check_private, now=system_now),
        )
    finally:
        await dialer.close()
        await connection.close()


def owner_name() -> str:
    """A name no other worker has: claims are shown with it."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


async def wait_for_durable_redis(settings: Settings) -> None:
    """Returns once Redis answers and would keep what it acknowledges. Waits while it is away.

    Raises ConfigInvalid for one that may lose data, unless the setting is to warn only.
    """
    connection = Connection.open(settings.redis_url.get_secret_value())
    try:
        await wait_for_ledger(connection, refuse=settings.redis_durability == "refuse")
    finally:
        await connection.close()


async def wait_for_sandbox(settings: Settings) -> None:
    """With the setting `sandbox`: returns once the call API proved to be our sandbox. Waits while it is away.

    Raises ConfigInvalid for an address where something else answers.
    """
    wait = 0.1
    while settings.sandbox:
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
                answer = await client.get(settings.call_api_url.rstrip("/") + SANDBOX_PROOF)
        except httpx.HTTPError as error:
            log.warning("sandbox.away", error=type(error).__name__, retry_in=wait)
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)
            continue
        if answer.status_code == 200 and answer.text.replace(" ", "") == '{"sandbox":true}':
            return
        message = "DIALGATE_SANDBOX is on, but what answers there is not the sandbox"
        raise ConfigInvalid([Problem(file=settings.call_api_url, line=0, column=0, message=message)])


def reload(environment: Environment) -> str:
    """Look at the configuration's files. What forbids ringing with what is in force now; empty is good."""
    before = environment.keeper.problem
    if environment.keeper.refresh():
        log.info("rulebook.reloaded", version=environment.keeper.current.version)
    problem = environment.keeper.problem
    if problem is not None and problem != before:
        log.error("rulebook.bad_file", problem=problem, detail="the rulebook in force stays")
    return "; ".join(str(one) for one in start_problems(environment.settings, environment.keeper.current))
