"""FastAPI and Dramatiq: two processes of eight threads."""

import dramatiq
import httpx
from dramatiq.brokers.redis import RedisBroker

from bench.peers.receiver import CALL_API, REDIS_URL, TOKEN, Lead, blocking_receiver, order_of

dramatiq.set_broker(RedisBroker(url=REDIS_URL))
api = httpx.Client(headers=TOKEN, timeout=10, verify=False, trust_env=False)  # noqa: S501 - plain http to the sink


@dramatiq.actor
def place(lead: Lead) -> None:
    """The actor."""
    api.post(CALL_API, json=order_of(lead)).raise_for_status()


app = blocking_receiver(place.send)
