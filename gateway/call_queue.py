"""The one place that enqueues RQ jobs, each kind on a queue of its own. A wake-up carries ids: a hint, never the truth.

The JSON serializer does not stop someone who can write to Redis from naming any function, callback or web
address: that is what `DialgateJob` is for, on both sides of the queue.
"""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from redis import Redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import import_attribute

DIAL_QUEUE = "dialgate-dial"
DIAL_JOB = "workers.jobs.dial"  # dial(*call_ids: str)
ENRICH_QUEUE = "dialgate-enrich"
ENRICH_JOB = "workers.jobs.enrich"  # enrich(*event_ids: str)
NOTIFY_QUEUE = "dialgate-notify"
NOTIFY_JOB = "workers.jobs.notify"  # notify(*notice_ids: str)

_BATCH = 50
_ENOUGH_WAITING = 1000
_LOOK_SECONDS = 1.0
_TIMEOUT = timedelta(seconds=120)
_KEEP_FAILED = timedelta(hours=12)


class DialgateJob(Job):
    """An RQ job that runs only functions on the list, whatever someone wrote into Redis."""

    allowed: ClassVar[frozenset[str]] = frozenset({DIAL_JOB, ENRICH_JOB, NOTIFY_JOB})

    @property
    def func(self) -> Callable[..., Any]:
        """The function to run. Raises PermissionError for one that is not on the list; it is never imported."""
        name, text_only = self.func_name, all(isinstance(argument, str) for argument in self.args)
        if name not in self.allowed or self.instance is not None:
            raise PermissionError("this job names a function that Dialgate does not run")
        if self.kwargs or not text_only:
            raise PermissionError("this job carries arguments other than ids")
        function: Callable[..., Any] = import_attribute(name)
        return function

    def restore(self, raw_data: Any) -> None:
        """Read the job back, without the ways RQ has to run something else: callbacks, webhooks, retries, repeats."""
        super().restore(raw_data)
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.webhooks = []
        self.retries_left = self.repeats_left = None


class _WakeQueue:
    """Wake-ups of one kind."""

    name: ClassVar[str]
    job: ClassVar[str]
    what: ClassVar[str]

    def __init__(self, redis: "Redis") -> None:
        self._queue = Queue(self.name, connection=redis, serializer=JSONSerializer, job_class=DialgateJob)
        self._looked_at = -_LOOK_SECONDS
        self._at_least = 0  # waiting at the last look, and added here since

    def wake(self, ids: Sequence[str]) -> None:
        """Enqueue one wake-up per 50 that are due. Blocking; may be repeated or lost without harm.

        None is added where a thousand wait already: nobody takes them, and they would fill Redis until somebody does.
        How many wait is asked once a second, and each time when it may be half of that.

        The description is set because RQ logs it and would otherwise put the arguments there.
        """
        jobs = [
            Queue.prepare_data(
                self.job,
                args=tuple(batch),
                timeout=int(_TIMEOUT.total_seconds()),
                result_ttl=0,
                failure_ttl=int(_KEEP_FAILED.total_seconds()),
                description=f"wake-up for {len(batch)} due {self.what}",
            )
            for batch in (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))
        ]
        if jobs and self._has_room():
            self._at_least += len(jobs)
            self._queue.enqueue_many(jobs)

    def _has_room(self) -> bool:
        now = time.monotonic()
        if self._at_least >= _ENOUGH_WAITING // 2 or now - self._looked_at >= _LOOK_SECONDS:
            self._at_least, self._looked_at = self.depth(), now
        return self._at_least < _ENOUGH_WAITING

    def depth(self) -> int:
        """Wake-ups waiting."""
        return self._queue.count


class CallQueue(_WakeQueue):
    """The dial queue of one Redis: calls that are due."""

    name, job, what = DIAL_QUEUE, DIAL_JOB, "calls"


class EnrichQueue(_WakeQueue):
    """The enrichment queue of one Redis: events whose record is to be fetched."""

    name, job, what = ENRICH_QUEUE, ENRICH_JOB, "events"


class NotifyQueue(_WakeQueue):
    """The notification queue of one Redis: messages to endpoints."""

    name, job, what = NOTIFY_QUEUE, NOTIFY_JOB, "notices"
