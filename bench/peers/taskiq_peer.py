"""FastAPI and taskiq on a Redis list: 100 tasks at once."""

import httpx
from taskiq_redis import ListQueueBroker

from bench.peers.receiver import CALL_API, REDIS_URL, TOKEN, Lead, async_receiver, order_of

broker = ListQueueBroker(REDIS_URL)
api = httpx.AsyncClient(headers=TOKEN, timeout=30, trust_env=False)


@broker.task
async def place(lead: Lead) -> None:
    """The task."""
    (await api.post(CALL_API, json=order_of(lead))).raise_for_status()


app = async_receiver(place.kiq, on_start=broker.startup)
