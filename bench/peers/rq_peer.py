"""FastAPI and RQ."""

import httpx
from redis import Redis
from rq import Queue

from bench.peers.receiver import CALL_API, REDIS_URL, TOKEN, Lead, blocking_receiver, order_of

api = httpx.Client(headers=TOKEN, timeout=10, verify=False, trust_env=False)  # noqa: S501 - plain http to the sink
queue = Queue(connection=Redis.from_url(REDIS_URL))


def place(lead: Lead) -> None:
    """The job."""
    api.post(CALL_API, json=order_of(lead)).raise_for_status()


app = blocking_receiver(lambda lead: queue.enqueue(place, lead, result_ttl=0))
