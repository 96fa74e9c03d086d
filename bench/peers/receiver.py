"""The receiver of every Python peer: FastAPI, the HMAC check, and one line that enqueues."""

import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool

from bench.webhooks import NUMBER_ID, SIGNATURE, signed

REDIS_URL = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/0")
CALL_API = os.environ.get("BENCH_SINK", "http://127.0.0.1:1") + "/api/calls/outbound"
TOKEN = {"Authorization": "Bearer 00000000-0000-4000-8000-000000000000.bench"}
Lead = dict[str, Any]

logging.getLogger("httpx").setLevel(logging.WARNING)  # a line a call would be measured, too


def order_of(lead: Lead) -> dict[str, str]:
    """What the call API is asked for."""
    return {"fromNumberId": NUMBER_ID, "contactId": lead["lead"]["contact_id"]}


async def lead_of(request: Request) -> Lead:
    """The lead of an authentic request. Raises 401."""
    body = await request.body()
    if not signed(body, request.headers.get(SIGNATURE, "")):
        raise HTTPException(401)
    lead: Lead = orjson.loads(body)
    return lead


def blocking_receiver(enqueue: Callable[[Lead], object]) -> FastAPI:
    """For a queue whose client blocks: FastAPI runs the route in its thread pool."""
    app = FastAPI()

    @app.post("/hooks/leads")
    async def receive(request: Request) -> dict[str, bool]:
        lead = await lead_of(request)
        await run_in_threadpool(enqueue, lead)
        return {"queued": True}

    return app


def async_receiver(
    enqueue: Callable[[Lead], Awaitable[object]], *, on_start: Callable[[], Awaitable[object]] | None = None
) -> FastAPI:
    """For a queue with an asyncio client."""
    app = FastAPI()

    @app.post("/hooks/leads")
    async def receive(request: Request) -> dict[str, bool]:
        await enqueue(await lead_of(request))
        return {"queued": True}

    if on_start is not None:
        app.router.add_event_handler("startup", on_start)
    return app
