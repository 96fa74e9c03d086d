"""The control as parts that a storm can strike, and what RQ knows of each lead in the end."""

from faults.rig import Rig
from redis import Redis
from rq import Queue
from rq.job import Job

CONTROL = {
    "serve": ("faults.control.receiver",),
    "work": ("faults.control.worker",),
    "work-2": ("faults.control.worker",),
}


def control_states(running: Rig) -> dict[str, str]:
    """By contact id or phone: READY while RQ will still try, FAILED for what it gave up and shows."""
    with Redis.from_url(running.valkey.url) as redis:
        queue = Queue("control", connection=redis)
        waiting = [*queue.get_job_ids(), *queue.scheduled_job_registry.get_job_ids(cleanup=False)]
        failed = queue.failed_job_registry.get_job_ids(cleanup=False)
        return _by_whom(failed, "FAILED", redis) | _by_whom(waiting, "READY", redis)


def _by_whom(job_ids: list[str], state: str, redis: "Redis") -> dict[str, str]:
    jobs = [job for job in Job.fetch_many(job_ids, connection=redis) if job is not None]
    leads = [job.args[0] for job in jobs]
    return {lead.get("contact") or lead["phone"]: state for lead in leads}
