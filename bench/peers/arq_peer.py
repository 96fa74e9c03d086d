"""FastAPI and arq: 100 jobs at once, polled every 10 ms."""

from typing import Any, ClassVar

import httpx
from arq import create_pool
from arq.connections import RedisSettings

from bench.peers.receiver import CALL_API, REDIS_URL, TOKEN, Lead, async_receiver, order_of

settings = RedisSettings.from_dsn(REDIS_URL)
open_pool: dict[str, Any] = {}


async def place(context: dict[str, Any], lead: Lead) -> None:
    """The job."""
    (await context["api"].post(CALL_API, json=order_of(lead))).raise_for_status()


async def start(context: dict[str, Any]) -> None:
    """A client for all jobs."""
    context["api"] = httpx.AsyncClient(headers=TOKEN, timeout=30, trust_env=False)


class WorkerSettings:
    """What `arq` reads."""

    functions: ClassVar = [place]
    on_startup = start
    redis_settings = settings
    max_jobs = 100
    poll_delay = 0.01
    keep_result = 0


async def connect() -> None:
    """The receiver's pool."""
    open_pool["redis"] = await create_pool(settings)


app = async_receiver(lambda lead: open_pool["redis"].enqueue_job("place", lead), on_start=connect)
