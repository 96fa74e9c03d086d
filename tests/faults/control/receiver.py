"""The control's receiver, as one would write it in an afternoon: check the secret, dedupe by SET NX, enqueue, 200."""

import os
import secrets
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from faults.control.jobs import call_lead
from faults.rig import SENDER
from redis import Redis
from rq import Queue, Retry

_SEEN_SECONDS = 7 * 24 * 3600

app = FastAPI()
redis = Redis.from_url(os.environ["DIALGATE_REDIS_URL"])
queue = Queue("control", connection=redis)


@app.post("/hooks/leads")
def receive(request: Request, lead: dict[str, Any]) -> dict[str, bool]:
    """Accept a lead once and call it in the background, trying again when that fails."""
    if not secrets.compare_digest(request.headers.get("authorization", ""), SENDER["Authorization"]):
        raise HTTPException(401)
    if not redis.set(f"seen:{lead['id']}", 1, nx=True, ex=_SEEN_SECONDS):
        return {"duplicate": True}
    queue.enqueue(call_lead, lead, retry=Retry(max=3))
    return {"duplicate": False}


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["DIALGATE_PORT"]), log_level="warning")
