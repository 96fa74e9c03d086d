"""The control's worker: RQ's own, with the job imported before it forks."""

import os

import faults.control.jobs
from redis import Redis
from rq import Worker

if __name__ == "__main__":
    assert faults.control.jobs.call_lead
    Worker(["control"], connection=Redis.from_url(os.environ["DIALGATE_REDIS_URL"])).work()
