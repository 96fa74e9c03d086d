"""FastAPI and Huey: 100 threads."""

import httpx
from huey import RedisHuey

from bench.peers.receiver import CALL_API, REDIS_URL, TOKEN, Lead, blocking_receiver, order_of

huey = RedisHuey("bench", url=REDIS_URL, blocking=True, results=False)
api = httpx.Client(headers=TOKEN, timeout=10, verify=False, trust_env=False)  # noqa: S501 - plain http to the sink


@huey.task()
def place(lead: Lead) -> None:
    """The task."""
    api.post(CALL_API, json=order_of(lead)).raise_for_status()


app = blocking_receiver(place)
