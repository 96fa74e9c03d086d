"""FastAPI and Celery, its prefork pool of sixteen."""

import httpx
from celery import Celery

from bench.peers.receiver import CALL_API, REDIS_URL, TOKEN, Lead, blocking_receiver, order_of

queue = Celery("bench", broker=REDIS_URL)
queue.conf.update(task_ignore_result=True, task_acks_late=True, broker_connection_retry_on_startup=True)
api = httpx.Client(headers=TOKEN, timeout=10, verify=False, trust_env=False)  # noqa: S501 - plain http to the sink


@queue.task(name="bench.place")
def place(lead: Lead) -> None:
    """The task."""
    api.post(CALL_API, json=order_of(lead)).raise_for_status()


app = blocking_receiver(place.delay)
